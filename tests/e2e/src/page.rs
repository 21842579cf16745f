//! The ward board as its user sees it.

use std::time::Duration;

use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::browser::Driver;
use crate::ward::Ward;
use crate::{Failure, policy, report};

/// How long anything may take before a test fails. Far more than it takes: what takes longest is that a dead link
/// is seen, 21 s.
const LIMIT: Duration = Duration::from_mins(1);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// One user's page.
#[derive(Debug)]
pub struct Page {
    client: Client,
}

impl Page {
    /// Opens a browser at an address of the ward's page, such as `?user=ana`.
    pub async fn open(driver: &Driver, ward: &Ward, query: &str) -> Result<Self, Failure> {
        Self::at(driver, &format!("{}{query}", ward.page())).await
    }

    /// Opens a browser at any address.
    pub async fn at(driver: &Driver, address: &str) -> Result<Self, Failure> {
        let page = Self { client: driver.browser().await? };
        policy::watch(&page.client).await?;
        page.client.goto(address).await?;
        Ok(page)
    }

    /// The browser.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens another tab of the same browser at the present address, and goes there.
    pub async fn open_another_tab(&self) -> Result<WindowHandle, Failure> {
        let address = self.client.current_url().await?;
        let tab = self.client.new_window(true).await?.handle;
        self.go_to(&tab).await?;
        policy::watch(&self.client).await?;
        self.client.goto(address.as_str()).await?;
        Ok(tab)
    }

    /// Goes to a tab: what follows is about the page in it.
    pub async fn go_to(&self, tab: &WindowHandle) -> Result<(), Failure> {
        Ok(self.client.switch_to_window(tab.clone()).await?)
    }

    /// Opens the page, signed in and connected.
    pub async fn signed_in(driver: &Driver, ward: &Ward, user: &str) -> Result<Self, Failure> {
        let page = Self::open(driver, ward, &format!("?user={user}")).await?;
        page.status("connected").await?;
        page.shows("[data-patient-id]").await?;
        Ok(page)
    }

    /// Waits until the connection has a status.
    pub async fn status(&self, status: &str) -> Result<(), Failure> {
        self.shows(&format!("[role=status][data-status={status}]")).await
    }

    /// Waits until something is there.
    pub async fn shows(&self, selector: &str) -> Result<(), Failure> {
        self.until("document.querySelector(arguments[0]) !== null", &[json!(selector)]).await
    }

    /// Waits until something is gone.
    pub async fn hides(&self, selector: &str) -> Result<(), Failure> {
        self.until("document.querySelector(arguments[0]) === null", &[json!(selector)]).await
    }

    /// Waits until something is there whose text contains the given one.
    pub async fn says(&self, selector: &str, text: &str) -> Result<(), Failure> {
        let condition = "[...document.querySelectorAll(arguments[0])].some(element => element.innerText.includes(arguments[1]))";
        self.until(condition, &[json!(selector), json!(text)]).await
    }

    /// Waits until a JavaScript expression is true.
    pub async fn until(&self, condition: &str, arguments: &[Value]) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            if self.read(condition, arguments).await? == Value::Bool(true) {
                return Ok(());
            }
            if started.elapsed() > LIMIT {
                let text = self.read("document.body.innerText", &[]).await?;
                return Err(format!(
                    "not within {LIMIT:?}: {condition} {arguments:?}; the page shows: {text}"
                )
                .into());
            }
            sleep(LOOK).await;
        }
    }

    /// The value of a JavaScript expression.
    pub async fn read(&self, expression: &str, arguments: &[Value]) -> Result<Value, Failure> {
        Ok(self.client.execute(&format!("return {expression}"), arguments.to_vec()).await?)
    }

    /// How often something is there.
    pub async fn count(&self, selector: &str) -> Result<u64, Failure> {
        let count =
            self.read("document.querySelectorAll(arguments[0]).length", &[json!(selector)]).await?;
        count.as_u64().ok_or_else(|| "a count is a number".into())
    }

    /// Clicks something.
    pub async fn click(&self, selector: &str) -> Result<(), Failure> {
        self.shows(selector).await?;
        Ok(self.client.find(Locator::Css(selector)).await?.click().await?)
    }

    /// Types into something, in the place of what is there, and presses Enter.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<(), Failure> {
        self.shows(selector).await?;
        // Ctrl+A, Ctrl again to let go of it, the text, Enter, as WebDriver spells keys.
        let keys = format!("\u{e009}a\u{e009}{text}\u{e007}");
        Ok(self.client.find(Locator::Css(selector)).await?.send_keys(&keys).await?)
    }

    /// Presses a key, as WebDriver spells it, wherever the focus is.
    pub async fn press(&self, key: &str) -> Result<(), Failure> {
        Ok(self.client.active_element().await?.send_keys(key).await?)
    }

    /// Chooses an option of a select.
    pub async fn choose(&self, selector: &str, value: &str) -> Result<(), Failure> {
        self.shows(selector).await?;
        Ok(self.client.find(Locator::Css(selector)).await?.select_by_value(value).await?)
    }

    /// The ids of the first patients in the table.
    pub async fn patients(&self, count: usize) -> Result<Vec<String>, Failure> {
        self.shows("[data-patient-id]").await?;
        let ids =
            "[...document.querySelectorAll('[data-patient-id]')].map(row => row.dataset.patientId)";
        let ids: Vec<String> = serde_json::from_value(self.read(ids, &[]).await?)?;
        if ids.len() < count {
            Err("too few patients".into())
        } else {
            Ok(ids.into_iter().take(count).collect())
        }
    }

    /// Sets a patient's heart rate.
    pub async fn set_heart_rate(&self, patient: &str, heart_rate: u16) -> Result<(), Failure> {
        self.fill(&heart_rate_input(patient), &heart_rate.to_string()).await
    }

    /// Waits until a patient's heart rate is shown.
    pub async fn shows_heart_rate(&self, patient: &str, heart_rate: u16) -> Result<(), Failure> {
        let condition = "(element => (element?.value ?? '') === arguments[1])(document.querySelector(arguments[0]))";
        self.until(condition, &[json!(heart_rate_input(patient)), json!(heart_rate.to_string())])
            .await
    }

    /// Waits until a patient's row has an outcome.
    pub async fn outcome(&self, patient: &str, outcome: &str) -> Result<(), Failure> {
        self.shows(&format!("[data-patient-id='{patient}'][data-outcome='{outcome}']")).await
    }

    /// Ends the session. Fails if the page panicked, which it leaves in `data-panic`, or if a page in any tab did what its
    /// content security policy forbids.
    pub async fn close(self) -> Result<(), Failure> {
        let failed = self.read("document.documentElement.dataset.panic ?? null", &[]).await?;
        let seen = policy::seen(&self.client).await?;
        self.client.close().await?;
        if !failed.is_null() {
            return Err(format!("the page panicked: {failed}").into());
        }
        if let Some(seen) = seen {
            report::watched(seen.documents, seen.violations.len());
            seen.verdict()?;
        }
        Ok(())
    }
}

fn heart_rate_input(patient: &str) -> String {
    format!("[data-patient-id='{patient}'] [data-field='heartRate'] input")
}
