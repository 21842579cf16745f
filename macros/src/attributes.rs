//! What `#[socket_event(…)]` says on a type and on its fields.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Ident, LitFloat, LitInt, LitStr, Path, Token};

use crate::duration;

const NAME: &str = "socket_event";

/// What the attributes of the type say.
#[derive(Debug, Default)]
pub(crate) struct OfType {
    pub(crate) event_type: Option<LitStr>,
    pub(crate) scope: Option<Ident>,
    pub(crate) direction: Option<Ident>,
    pub(crate) lane: Option<Ident>,
    pub(crate) time_to_live: Option<Duration>,
    pub(crate) rate: Option<(f64, u32)>,
    pub(crate) volatile: bool,
    /// The fields that lead to the user.
    pub(crate) subject: Option<Punctuated<Ident, Token![.]>>,
    pub(crate) garde: bool,
    pub(crate) validate: Option<Path>,
    pub(crate) library: Option<Path>,
}

impl OfType {
    pub(crate) fn read(input: &DeriveInput) -> syn::Result<Self> {
        let mut read = Self::default();
        for attribute in ours(&input.attrs) {
            attribute.parse_nested_meta(|meta| read.take(&meta))?;
        }
        Ok(read)
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let is = |name: &str| meta.path.is_ident(name);
        if is("type") {
            once(&mut self.event_type, meta.value()?.parse()?, meta)
        } else if is("scope") {
            once(&mut self.scope, one_of(meta, &["organization", "global"])?, meta)
        } else if is("direction") {
            once(&mut self.direction, one_of(meta, &["inbound", "outbound", "both"])?, meta)
        } else if is("lane") {
            once(&mut self.lane, one_of(meta, &["high", "normal", "low"])?, meta)
        } else if is("time_to_live") {
            once(&mut self.time_to_live, duration::parse(&meta.value()?.parse()?)?, meta)
        } else if is("rate") {
            once(&mut self.rate, rate(meta)?, meta)
        } else if is("subject") {
            let fields = Punctuated::parse_separated_nonempty(meta.value()?)?;
            once(&mut self.subject, fields, meta)
        } else if is("validate") {
            once(&mut self.validate, meta.value()?.parse()?, meta)
        } else if is("crate") {
            let path: LitStr = meta.value()?.parse()?;
            once(&mut self.library, path.parse()?, meta)
        } else if is("volatile") {
            self.volatile = true;
            Ok(())
        } else if is("garde") {
            self.garde = true;
            Ok(())
        } else {
            Err(meta.error("`socket_event` has no such key on a type"))
        }
    }
}

/// The path within a field that is sensitive: empty for the field itself. `None` if it is not.
pub(crate) fn sensitive(attributes: &[Attribute]) -> syn::Result<Option<String>> {
    let mut path = None;
    for attribute in ours(attributes) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("sensitive") {
                return Err(meta.error("`socket_event` has no such key on a field"));
            }
            let within = if meta.input.peek(Token![=]) {
                meta.value()?.parse::<LitStr>()?.value()
            } else {
                String::new()
            };
            once(&mut path, within, &meta)
        })?;
    }
    Ok(path)
}

fn ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident(NAME))
}

fn once<T>(slot: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if slot.replace(value).is_some() { Err(meta.error("this key comes twice")) } else { Ok(()) }
}

fn one_of(meta: &ParseNestedMeta<'_>, names: &[&str]) -> syn::Result<Ident> {
    let chosen: Ident = meta.value()?.parse()?;
    if names.iter().any(|name| chosen == name) {
        return Ok(chosen);
    }
    Err(syn::Error::new(chosen.span(), format!("one of {}", names.join(", "))))
}

fn rate(meta: &ParseNestedMeta<'_>) -> syn::Result<(f64, u32)> {
    let (mut per_second, mut burst) = (None, None);
    meta.parse_nested_meta(|part| {
        if part.path.is_ident("per_second") {
            let value = part.value()?;
            let number = if value.peek(LitInt) {
                value.parse::<LitInt>()?.base10_parse()?
            } else {
                value.parse::<LitFloat>()?.base10_parse()?
            };
            once(&mut per_second, number, &part)
        } else if part.path.is_ident("burst") {
            once(&mut burst, part.value()?.parse::<LitInt>()?.base10_parse()?, &part)
        } else {
            Err(part.error("a rate has `per_second` and `burst`"))
        }
    })?;
    per_second.zip(burst).ok_or_else(|| meta.error("a rate has `per_second` and `burst`"))
}

/// The variant of an enum of the library that a word stands for.
pub(crate) fn variant(word: &Ident) -> TokenStream {
    let word_text = word.to_string();
    let mut letters = word_text.chars();
    let name: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let name = Ident::new(&name, word.span());
    quote_spanned!(word.span() => #name)
}

/// The fields that lead to a value.
pub(crate) fn member(fields: &Punctuated<Ident, Token![.]>) -> TokenStream {
    quote_spanned!(fields.span() => self.#fields)
}

/// A time as the library's code has it.
pub(crate) fn duration(time: Duration) -> TokenStream {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    quote!(::core::time::Duration::from_millis(#millis))
}
