//! The element that a long list scrolls in: what makes it one, and what is in its view.
//!
//! Whether it scrolls is no matter of taste, so it does not wait for a style sheet. Styles are set as properties, which a
//! content security policy without inline styles allows.

use std::cell::RefCell;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver};
use yew::prelude::*;

use super::window::{Gaps, PARTS, View};
use crate::listen::listen;

/// The scrolling element and the list in it.
#[derive(Clone, Default)]
pub(super) struct Nodes {
    pub(super) view: NodeRef,
    pub(super) list: NodeRef,
}

/// Makes the element scroll while the list is long.
#[derive(Default)]
pub(super) struct Scroller {
    pub(super) nodes: Nodes,
    watch: RefCell<Option<Watch>>,
}

impl Scroller {
    /// Makes place for the rows that are left out, and calls `changed` now and whenever something else is in view. Without
    /// such rows the list does not scroll by itself, and nothing is called any more.
    pub(super) fn lay_out(&self, gaps: Option<Gaps>, changed: Callback<View>) {
        let Nodes { view, list } = &self.nodes;
        let px = |gap: u64| format!("calc({gap}px / {PARTS})");
        set(view, "max-block-size", gaps.map(|_| "var(--ys-presence-height, 24rem)"));
        set(view, "overflow-y", gaps.map(|_| "auto"));
        set(list, "padding-block-start", gaps.map(|gaps| px(gaps.before)).as_deref());
        set(list, "padding-block-end", gaps.map(|gaps| px(gaps.after)).as_deref());
        let mut watch = self.watch.borrow_mut();
        if gaps.is_none() {
            *watch = None;
        } else if watch.is_none() {
            *watch = self.nodes.clone().watch(changed);
        }
    }
}

impl Nodes {
    /// Calls `changed` now and whenever something else is in view, until what is returned is dropped.
    fn watch(self, changed: Callback<View>) -> Option<Watch> {
        let view: Element = self.view.cast()?;
        let tell = move || {
            if let Some(view) = self.measure() {
                changed.emit(view);
            }
        };
        let on_resize = Closure::<dyn Fn()>::new(tell.clone());
        // It can only fail for what is no function. It calls once by itself.
        let resize = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
        resize.observe(&view);
        let scroll = listen(&view, "scroll", move |_| tell());
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
struct Watch {
    resize: ResizeObserver,
    _on_resize: Closure<dyn Fn()>,
    _scroll: EventListener,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.resize.disconnect();
    }
}
