//! The element that a long list scrolls in: what makes it one, and what is in its view.
//!
//! Whether it scrolls is no matter of taste, so it does not wait for a style sheet. Styles are set as properties, which a
//! content security policy without inline styles allows.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};
use yew::prelude::*;

use super::window::{Gaps, PARTS, View};

/// The scrolling element and the list in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Scroller {
    pub(super) view: NodeRef,
    pub(super) list: NodeRef,
}

impl Scroller {
    /// Makes place for the rows that are left out; without such, the list does not scroll by itself.
    pub(super) fn lay_out(&self, gaps: Option<Gaps>) {
        let px = |gap: u64| format!("calc({gap}px / {PARTS})");
        set(&self.view, "max-block-size", gaps.map(|_| "var(--ys-presence-height, 24rem)"));
        set(&self.view, "overflow-y", gaps.map(|_| "auto"));
        set(&self.list, "padding-block-start", gaps.map(|gaps| px(gaps.before)).as_deref());
        set(&self.list, "padding-block-end", gaps.map(|gaps| px(gaps.after)).as_deref());
    }

    /// Calls `changed` now and whenever something else is in view, until what is returned is dropped.
    pub(super) fn watch(&self, changed: impl Fn(View) + Clone + 'static) -> Option<Watch> {
        let view: Element = self.view.cast()?;
        let tell = {
            let scroller = self.clone();
            move || {
                if let Some(view) = scroller.measure() {
                    changed(view);
                }
            }
        };
        let on_resize = Closure::<dyn Fn()>::new(tell.clone());
        // It can only fail for what is no function. It calls once by itself.
        let resize = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
        resize.observe(&view);
        let scroll = EventListener::new(&view, "scroll", move |_| tell());
        Some(Watch { resize, _on_resize: on_resize, _scroll: scroll })
    }

    fn measure(&self) -> Option<View> {
        let (view, list): (Element, Element) = (self.view.cast()?, self.list.cast()?);
        let rows = list.children();
        let head = rows.item(0)?.get_bounding_client_rect();
        let last = rows.item(rows.length() - 1)?.get_bounding_client_rect();
        let row_height = (last.bottom() - head.top()) / f64::from(rows.length());
        let scrolled =
            view.get_bounding_client_rect().top() - list.get_bounding_client_rect().top();
        View::measured(scrolled, f64::from(view.client_height()), row_height)
    }
}

/// Sets a style, or takes it back.
fn set(node: &NodeRef, property: &str, value: Option<&str>) {
    let Some(element) = node.cast::<HtmlElement>() else { return };
    // They can only fail for a computed style.
    match value {
        Some(value) => drop(element.style().set_property(property, value)),
        None => drop(element.style().remove_property(property)),
    }
}

/// Listens until it is dropped.
#[must_use = "nothing is noticed any more once this is dropped"]
pub(super) struct Watch {
    resize: ResizeObserver,
    _on_resize: Closure<dyn Fn()>,
    _scroll: EventListener,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.resize.disconnect();
    }
}
