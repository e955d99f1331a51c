//! The expansion of `#[options]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, Result, Token};

pub(crate) fn options(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(
            arguments,
            "#[options] takes no arguments",
        ));
    }
    let mut input: DeriveInput = syn::parse2(item)?;
    let container = match &mut input.data {
        Data::Struct(data) => {
            fields(&mut data.fields)?;
            quote! {
                #[serde(crate = "talkloom_block::serde", rename_all = "camelCase", default)]
            }
        }
        Data::Enum(data) => {
            for variant in &mut data.variants {
                fields(&mut variant.fields)?;
            }
            quote! { #[serde(crate = "talkloom_block::serde", rename_all_fields = "camelCase")] }
        }
        Data::Union(_) => return Err(Error::new_spanned(&input, "#[options] takes no union")),
    };
    Ok(quote! {
        #[derive(
            ::core::fmt::Debug,
            ::core::clone::Clone,
            ::core::cmp::PartialEq,
            ::core::default::Default,
            talkloom_block::serde::Serialize,
            talkloom_block::serde::Deserialize,
            talkloom_block::schemars::JsonSchema,
        )]
        #container
        #[schemars(crate = "talkloom_block::schemars")]
        #input
    })
}

/// Replaces `#[field(…)]` by the schema words it stands for.
fn fields(fields: &mut Fields) -> Result<()> {
    for field in fields {
        field.attrs = std::mem::take(&mut field.attrs)
            .into_iter()
            .map(attribute)
            .collect::<Result<_>>()?;
    }
    Ok(())
}

fn attribute(attribute: Attribute) -> Result<Attribute> {
    if !attribute.path().is_ident("field") {
        return Ok(attribute);
    }
    let hints = attribute.parse_args_with(Punctuated::<Hint, Token![,]>::parse_terminated)?;
    let words = hints.iter().map(|hint| {
        let key = format!("x-{}", hint.key.to_string().replace('_', "-"));
        let value = &hint.value;
        quote! { #key = #value }
    });
    Ok(syn::parse_quote! { #[schemars(extend(#(#words),*))] })
}

/// `key` or `key = value`, the value in JSON's notation.
struct Hint {
    key: Ident,
    value: TokenStream,
}

impl Parse for Hint {
    fn parse(input: ParseStream) -> Result<Self> {
        let key = input.parse()?;
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Ok(Self {
                key,
                value: quote! { true },
            });
        }
        let mut value = TokenStream::new();
        while !input.is_empty() && !input.peek(Token![,]) {
            input
                .parse::<proc_macro2::TokenTree>()?
                .to_tokens(&mut value);
        }
        Ok(Self { key, value })
    }
}
