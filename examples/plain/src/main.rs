//! The page of `examples/embed` without the library, for `cargo xtask size`: what a page of yew and yewdux weighs that
//! shows a status and a list, so that the rest of `embed` is the library's own share.

use yew::prelude::*;
use yewdux::prelude::*;

/// As much state as it takes to use yewdux.
#[derive(Default, Clone, PartialEq, Store)]
struct Page {
    is_open: bool,
    names: Vec<AttrValue>,
}

#[component]
fn Status() -> Html {
    let is_open = use_selector(|page: &Page| page.is_open);
    html! { <p role="status">{ if *is_open { "Connected" } else { "Disconnected" } }</p> }
}

#[component]
fn Names() -> Html {
    let (page, dispatch) = use_store::<Page>();
    let onclick = dispatch.reduce_mut_callback(|page| page.names.push("A name".into()));
    let row = |(index, name): (usize, &AttrValue)| html! { <li key={index}>{ name }</li> };
    html! {
        <>
            <button {onclick}>{ "Add" }</button>
            <ul>{ for page.names.iter().enumerate().map(row) }</ul>
        </>
    }
}

#[component]
fn App() -> Html {
    html! {
        <YewduxRoot>
            <h1>{ "My application" }</h1>
            <Status />
            <Names />
        </YewduxRoot>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
