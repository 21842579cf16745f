//! A page to mount a provider into.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;
use yewdux::Store;
use yewdux_socket::event::Patient;
use yewdux_socket::{
    EntitySlice, EventQueueSlice, PresenceSlice, SocketManager, SocketOptions, SocketProvider,
    SocketSlice, Status, use_socket,
};

use super::organization;

/// Where a component leaves something for the test.
pub struct Slot<T>(Rc<RefCell<Option<T>>>);

impl<T: Clone> Slot<T> {
    pub fn set(&self, value: T) {
        *self.0.borrow_mut() = Some(value);
    }

    pub fn get(&self) -> T {
        self.0.borrow().clone().expect("the component was rendered")
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Slot<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, PartialEq, Properties)]
pub struct RootProps {
    /// Without options there is no provider.
    options: Option<SocketOptions>,
    manager: Slot<SocketManager>,
    children: Html,
}

#[component]
fn Root(props: &RootProps) -> Html {
    let inner =
        html! { <>{ props.children.clone() }<TakeManager manager={props.manager.clone()} /></> };
    match props.options.clone() {
        Some(options) => html! { <SocketProvider {options}>{ inner }</SocketProvider> },
        None => inner,
    }
}

#[derive(Clone, PartialEq, Properties)]
struct TakeManagerProps {
    manager: Slot<SocketManager>,
}

#[component]
fn TakeManager(props: &TakeManagerProps) -> Html {
    props.manager.set(use_socket().manager);
    Html::default()
}

/// A provider with something in it, mounted into an element of its own. Dropping it unmounts it.
pub struct Page {
    root: Element,
    app: Option<yew::AppHandle<Root>>,
    manager: Slot<SocketManager>,
}

impl Page {
    /// Mounts a provider and renders it once.
    pub async fn mount(options: SocketOptions, children: Html) -> Self {
        Self::mount_at(Some(options), children).await
    }

    /// Mounts components without a provider.
    pub async fn mount_without_provider(children: Html) -> Self {
        Self::mount_at(None, children).await
    }

    async fn mount_at(options: Option<SocketOptions>, children: Html) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let root = document.create_element("div").unwrap();
        document.document_element().unwrap().append_with_node_1(&root).unwrap();
        let manager = Slot::default();
        let props = RootProps { options, manager: manager.clone(), children };
        let app = yew::Renderer::<Root>::with_root_and_props(root.clone(), props).render();
        yew::scheduler::flush().await;
        Self { root, app: Some(app), manager }
    }

    /// Renders the provider with other options.
    pub async fn update(&mut self, options: SocketOptions, children: Html) {
        let props = RootProps { options: Some(options), manager: self.manager.clone(), children };
        self.app.as_mut().unwrap().update(props);
        yew::scheduler::flush().await;
    }

    pub async fn unmount(mut self) {
        self.destroy();
        yew::scheduler::flush().await;
    }

    fn destroy(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
            self.root.remove();
        }
    }

    pub fn manager(&self) -> SocketManager {
        self.manager.get()
    }

    pub fn slice<S: Store>(&self) -> Rc<S> {
        self.manager().context().get()
    }

    pub fn status(&self) -> Status {
        self.slice::<SocketSlice>().connection.status
    }

    pub fn is_connected(&self) -> bool {
        self.status() == Status::Connected
    }

    /// The code of the connection's error.
    pub fn error_code(&self) -> Option<&'static str> {
        self.slice::<SocketSlice>().connection.error.as_ref().map(|report| report.error.code())
    }

    /// The codes of the latest errors of any class.
    pub fn recent_errors(&self) -> Vec<&'static str> {
        self.slice::<SocketSlice>().recent_errors.iter().map(|report| report.error.code()).collect()
    }

    /// The organizations that are known to be out of date.
    pub fn synchronizing(&self) -> Vec<String> {
        self.slice::<SocketSlice>().synchronizing.iter().map(ToString::to_string).collect()
    }

    /// The names of an organization's patients, ordered by id.
    pub fn patients(&self, name: &str) -> Vec<String> {
        let patients = self.slice::<EntitySlice<Patient>>().organization(&organization(name));
        patients.iter().map(|patient| patient.name.clone()).collect()
    }

    /// The ids of the users online in an organization.
    pub fn online(&self, name: &str) -> Vec<String> {
        let slice = self.slice::<PresenceSlice>();
        slice
            .presence
            .online_users(&organization(name))
            .map(|user| user.user_id.to_string())
            .collect()
    }

    /// How many events wait to be sent or acknowledged.
    pub fn queued(&self) -> usize {
        self.slice::<EventQueueSlice>().queued_events.len()
    }

    /// The codes of the latest outcomes.
    pub fn outcomes(&self) -> Vec<&'static str> {
        self.slice::<EventQueueSlice>().outcomes().map(|(_, outcome)| outcome.code()).collect()
    }

    /// The types of the latest received events.
    pub fn received(&self) -> Vec<String> {
        let slice = self.slice::<EventQueueSlice>();
        slice.received().map(|event| event.envelope.event_type.to_string()).collect()
    }

    pub fn find(&self, selector: &str) -> Option<Element> {
        self.root.query_selector(selector).unwrap()
    }

    pub fn element(&self, selector: &str) -> Element {
        self.find(selector).unwrap_or_else(|| panic!("no {selector} in {}", self.root.inner_html()))
    }

    pub fn text(&self, selector: &str) -> String {
        self.element(selector).text_content().unwrap_or_default()
    }

    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.element(selector).get_attribute(name)
    }

    /// An attribute of all elements that fit, in document order.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length())
            .filter_map(|index| found.get(index)?.dyn_into::<Element>().ok()?.get_attribute(name))
            .collect()
    }

    pub fn html(&self) -> String {
        self.root.inner_html()
    }

    pub fn click(&self, selector: &str) {
        self.element(selector).dyn_into::<web_sys::HtmlElement>().unwrap().click();
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.destroy();
    }
}
