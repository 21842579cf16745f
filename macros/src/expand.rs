//! The implementation that follows from the attributes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use serde_derive_internals::ast::{Container, Data};
use serde_derive_internals::{Ctxt, Derive};
use syn::spanned::Spanned;
use syn::{DeriveInput, Path, parse_quote};

use crate::attributes::{OfType, duration, member, sensitive, variant};

pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let of_type = OfType::read(input)?;
    let Some(event_type) = &of_type.event_type else {
        let message = "an event has a type: #[socket_event(type = \"bed_changed\")]";
        return Err(syn::Error::new(input.ident.span(), message));
    };
    let library: Path = of_type.library.clone().unwrap_or_else(|| parse_quote!(::yewdux_socket));
    let Fields { names: fields, paths: sensitive, wrapped } = fields(input)?;

    let mut items = vec![
        quote!(const TYPE: &'static str = #event_type;),
        quote!(const FIELDS: &'static [&'static str] = &[#(#fields),*];),
    ];
    if !sensitive.is_empty() {
        items.push(quote!(const SENSITIVE: &'static [&'static str] = &[#(#sensitive),*];));
    }
    if let Some(scope) = of_type.scope.as_ref().map(variant) {
        items.push(quote!(const SCOPE: #library::event::Scope = #library::event::Scope::#scope;));
    }
    if let Some(direction) = of_type.direction.as_ref().map(variant) {
        items.push(quote! {
            const DIRECTION: #library::event::Direction = #library::event::Direction::#direction;
        });
    }
    if of_type.volatile {
        items.push(quote!(
            const VOLATILE: bool = true;
        ));
    }
    if let Some(lane) = of_type.lane.as_ref().map(variant) {
        items.push(quote! {
            fn lane() -> #library::event::Lane { #library::event::Lane::#lane }
        });
    }
    if let Some(time) = of_type.time_to_live.map(duration) {
        items.push(quote!(fn time_to_live() -> ::core::time::Duration { #time }));
    }
    if let Some((per_second, burst)) = of_type.rate {
        items.push(quote! {
            fn emit_rate() -> ::core::option::Option<#library::config::Rate> {
                ::core::option::Option::Some(#library::config::Rate {
                    per_second: #per_second,
                    burst: #burst,
                })
            }
        });
    }
    if let Some(user) = of_type.subject.as_ref().map(member) {
        items.push(quote! {
            fn subject(&self) -> ::core::option::Option<&#library::UserId> {
                ::core::option::Option::Some(&#user)
            }
        });
    }
    items.extend(validation(&of_type, &library));

    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    // Does not compile for a type that prints what it holds.
    let unprinted = wrapped.iter().map(|wrapped| {
        quote_spanned! { wrapped.span() =>
            const _: fn() = || {
                fn is_a_sensitive<T>(_: ::core::marker::PhantomData<#library::Sensitive<T>>) {}
                is_a_sensitive(::core::marker::PhantomData::<#wrapped>);
            };
        }
    });
    Ok(quote! {
        #(#unprinted)*
        impl #generics #library::SocketEvent for #name #arguments #bounds {
            #(#items)*
        }
    })
}

fn validation(of_type: &OfType, library: &Path) -> Option<TokenStream> {
    let by_rules = of_type.garde.then(|| quote!(#library::error::ValidationError::check(self)?;));
    let by_function = of_type.validate.as_ref().map(|function| quote!(#function(self)?;));
    if by_rules.is_none() && by_function.is_none() {
        return None;
    }
    Some(quote! {
        fn validate(&self) -> ::core::result::Result<(), #library::error::ValidationError> {
            #by_rules
            #by_function
            ::core::result::Result::Ok(())
        }
    })
}

/// What is to be known of the fields.
struct Fields {
    /// Their names as serde reads them.
    names: Vec<String>,
    /// The paths of the sensitive ones.
    paths: Vec<String>,
    /// The types that have to be a `Sensitive`.
    wrapped: Vec<syn::Type>,
}

fn fields(input: &DeriveInput) -> syn::Result<Fields> {
    let context = Ctxt::new();
    let container = Container::from_ast(&context, input, Derive::Deserialize);
    // Where serde's attributes are wrong, its own derive macro says so better.
    let _ = context.check();
    let (mut names, mut paths, mut wrapped) = (Vec::new(), Vec::new(), Vec::new());
    let Some(Container { data: Data::Struct(_, fields), .. }) = container else {
        return Err(syn::Error::new(input.ident.span(), "an event is a struct with named fields"));
    };
    for field in fields {
        let within = sensitive(&field.original.attrs)?;
        let read = field.attrs.name().deserialize_name();
        if within.is_some() {
            // What is left out is left out by name: it must have one, and only one.
            let aliases = field.attrs.aliases().len() > 1;
            let two_names = read != field.attrs.name().serialize_name();
            if field.attrs.flatten() || aliases || two_names {
                let message = "a sensitive field has one name: no `flatten`, no `alias`, and the same name both ways";
                return Err(syn::Error::new_spanned(field.original, message));
            }
        }
        if field.attrs.flatten() || field.attrs.skip_deserializing() {
            continue;
        }
        let name = read.to_owned();
        match within {
            Some(within) if within.is_empty() => {
                wrapped.push(field.original.ty.clone());
                paths.push(name.clone());
            }
            Some(within) => paths.push(format!("{name}.{within}")),
            None => {}
        }
        names.push(name);
    }
    Ok(Fields { names, paths, wrapped })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(input: &DeriveInput) -> String {
        expand(input).map_or_else(|error| error.to_string(), |tokens| tokens.to_string())
    }

    fn has(code: &str, expected: &TokenStream) {
        assert!(code.contains(&expected.to_string()), "{expected} in {code}");
    }

    #[test]
    fn the_simplest_event_has_a_type_and_its_fields() {
        let code = expanded(&parse_quote! {
            #[socket_event(type = "ring")]
            struct Ring { times: u8 }
        });
        let expected = quote! {
            impl ::yewdux_socket::SocketEvent for Ring {
                const TYPE: &'static str = "ring";
                const FIELDS: &'static [&'static str] = &["times"];
            }
        };
        assert_eq!(code, expected.to_string());
    }

    #[test]
    fn fields_have_the_names_that_serde_reads() {
        let code = expanded(&parse_quote! {
            #[serde(rename_all = "camelCase")]
            #[socket_event(type = "a")]
            struct A {
                first_name: String,
                #[serde(rename = "x")]
                y: u8,
                #[serde(skip)]
                cache: u8,
                #[serde(flatten)]
                rest: Rest,
                #[socket_event(sensitive)]
                own_note: Sensitive<String>,
                #[socket_event(sensitive = "diagnosis")]
                the_patient: Patient,
            }
        });
        has(&code, &quote!(&["firstName", "x", "ownNote", "thePatient"]));
        has(&code, &quote!(&["ownNote", "thePatient.diagnosis"]));
    }

    #[test]
    fn every_key_becomes_its_item() {
        let code = expanded(&parse_quote! {
            #[socket_event(type = "a", crate = "core_of_it", scope = global, direction = inbound, lane = high)]
            #[socket_event(time_to_live = "10min", rate(per_second = 5, burst = 10), volatile)]
            #[socket_event(subject = user.id, garde, validate = check)]
            struct A {}
        });
        for expected in [
            quote!(impl core_of_it::SocketEvent for A),
            quote!(core_of_it::event::Scope::Global),
            quote!(core_of_it::event::Direction::Inbound),
            quote!(core_of_it::event::Lane::High),
            quote!(::core::time::Duration::from_millis(600000u64)),
            quote!(per_second: 5f64, burst: 10u32),
            quote!(
                const VOLATILE: bool = true;
            ),
            quote!(Some(&self.user.id)),
            quote!(core_of_it::error::ValidationError::check(self)?; check(self)?;),
        ] {
            has(&code, &expected);
        }
    }

    #[test]
    fn mistakes_are_told_where_they_are() {
        let attributes: [(syn::Attribute, &str); 8] = [
            (parse_quote!(#[socket_event(lane = high)]), "an event has a type"),
            (parse_quote!(#[socket_event(type = "a", type = "b")]), "this key comes twice"),
            (parse_quote!(#[socket_event(type = "a", lane = urgent)]), "one of high, normal, low"),
            (parse_quote!(#[socket_event(type = "a", scope = all)]), "one of organization, global"),
            (parse_quote!(#[socket_event(type = "a", typ = "b")]), "no such key on a type"),
            (parse_quote!(#[socket_event(type = "a", time_to_live = "soon")]), "a whole number"),
            (
                parse_quote!(#[socket_event(type = "a", rate(burst = 1))]),
                "`per_second` and `burst`",
            ),
            (
                parse_quote!(#[socket_event(type = "a", rate(burst = 1, per = 1))]),
                "`per_second` and",
            ),
        ];
        for (attribute, expected) in attributes {
            let message = expanded(&parse_quote! { #attribute struct A { b: u8 } });
            assert!(message.contains(expected), "{message}");
        }
        let message = expanded(&parse_quote! {
            #[socket_event(type = "a")]
            struct A { #[socket_event(secret)] b: u8 }
        });
        assert!(message.contains("no such key on a field"), "{message}");
        for attribute in [quote!(flatten), quote!(alias = "c"), quote!(rename(serialize = "c"))] {
            let message = expanded(&parse_quote! {
                #[socket_event(type = "a")]
                struct A { #[serde(#attribute)] #[socket_event(sensitive)] b: Sensitive<u8> }
            });
            assert!(message.contains("a sensitive field has one name"), "{message}");
        }
        let message = expanded(&parse_quote! { #[socket_event(type = "a")] enum A { B } });
        assert!(message.contains("a struct with named fields"), "{message}");
    }
}
