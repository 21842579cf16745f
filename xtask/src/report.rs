//! What the tests of faults measured, as one table.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Forgets what was measured before.
pub(crate) fn begin(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// The table of what was measured, and what was skipped.
pub(crate) fn read(path: &Path) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(report) => table(&report).with_context(|| format!("{} is not JSON", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn table(report: &str) -> Result<String> {
    let lines = report.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<_> = lines
        .iter()
        .filter(|line| line["what"].is_string())
        .map(|line| ["what", "wanted", "found"].map(|key| text(line, key)))
        .collect();
    rows.extend(policy(&lines));
    rows.sort();
    let skipped: Vec<_> = lines.iter().filter(|line| line["skipped"].is_string()).collect();

    let mut table = String::new();
    if !rows.is_empty() {
        table.push_str("==> measured; times are least / median / most\n");
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (first, second) = (width(0).unwrap_or(0), width(1).unwrap_or(0));
    for [what, wanted, found] in &rows {
        writeln!(table, "    {what:first$}  {wanted:second$}  {found}")?;
    }
    if !skipped.is_empty() {
        writeln!(table, "==> {} skipped", skipped.len())?;
    }
    for line in skipped {
        writeln!(table, "    {}: {}", text(line, "skipped"), text(line, "why"))?;
    }
    Ok(table)
}

/// What all browsers together did that the policies of their pages forbid.
fn policy(lines: &[Value]) -> Option<[String; 3]> {
    let sum = |key: &str| lines.iter().filter_map(|line| line[key].as_u64()).sum::<u64>();
    let (documents, violations) = (sum("documents"), sum("violations"));
    let what = "violations of the content security policy".to_owned();
    (documents > 0)
        .then(|| [what, "0".to_owned(), format!("{violations} in {documents} documents")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_columns_and_skipped_tests_are_counted() -> Result<()> {
        let report = r#"{"what":"b","wanted":"within 3 s","found":"1 s"}
{"skipped":"frozen","why":"no DevTools"}
{"what":"longer","wanted":"0","found":"0"}
{"documents":2,"violations":0}
{"documents":3,"violations":1}
"#;
        let lines = table(report)?;
        let lines: Vec<_> = lines.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "    b                                          within 3 s  1 s",
                "    longer                                     0           0",
                "    violations of the content security policy  0           1 in 5 documents",
                "==> 1 skipped",
                "    frozen: no DevTools"
            ]
        );
        Ok(())
    }

    #[test]
    fn nothing_measured_is_nothing_told() -> Result<()> {
        assert_eq!(read(Path::new("/nonexistent/for/sure"))?, "");
        assert_eq!(table("")?, "");
        Ok(())
    }
}
