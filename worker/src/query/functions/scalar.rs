//! Functions of single values: conditions, numbers, text, times.

use std::sync::Arc;

use datafusion::functions::{core, datetime, encoding, math, regex, string, unicode};
use datafusion::logical_expr::ScalarUDF;

/// All of them.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    let mut functions = vec![
        core::arrow_cast(),
        core::arrow_try_cast(),
        core::arrow_typeof(),
        core::coalesce(),
        core::get_field(),
        core::greatest(),
        core::least(),
        core::named_struct(),
        core::nullif(),
        core::nvl(),
        core::nvl2(),
        core::overlay(),
        core::r#struct(),
        core::version(),
    ];
    functions.extend(datetime::functions());
    functions.extend(encoding::functions());
    functions.extend(math::functions());
    functions.extend(regex::functions());
    functions.extend(string::functions());
    functions.extend(unicode::functions());
    functions
}
