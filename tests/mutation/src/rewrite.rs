//! Puts mutants into a syntax tree, each behind a comparison with its number.

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, BinOp, Block, Expr, parse_quote};

use crate::mutant::{Genre, Mutant};

pub struct Rewrite<'a> {
    mutants: &'a [(usize, &'a Mutant)],
    placed: Vec<usize>,
}

impl<'a> Rewrite<'a> {
    pub fn new(mutants: &'a [(usize, &'a Mutant)]) -> Self {
        Rewrite {
            mutants,
            placed: Vec::new(),
        }
    }

    /// Rewrites the tree; the numbers of the mutants that found their place.
    pub fn apply(mut self, tree: &mut syn::File) -> Vec<usize> {
        self.visit_file_mut(tree);
        self.placed
    }

    /// The mutants of a genre that start where a span does.
    fn at(&mut self, genre: Genre, span: Span) -> Vec<(usize, &'a str)> {
        let here = |m: &Mutant| m.genre == genre && m.starts_at(span.start());
        let found = self.mutants.iter().filter(|(_, m)| here(m));
        let found: Vec<_> = found.map(|(n, m)| (*n, m.replacement.as_str())).collect();
        self.placed.extend(found.iter().map(|(n, _)| n));
        found
    }

    fn binary(&mut self, expr: &mut Expr) {
        let Expr::Binary(whole) = &*expr else { return };
        let mutants = self.at(Genre::BinaryOperator, whole.op.span());
        let mut arms: Vec<Arm> = Vec::new();
        for (number, replacement) in mutants {
            let Ok(op) = syn::parse_str::<BinOp>(replacement) else {
                continue;
            };
            let mut mutated = whole.clone();
            mutated.op = op;
            arms.push(parse_quote!(#number => #mutated,));
        }
        if !arms.is_empty() {
            *expr = parse_quote!((match *crate::mutation::ACTIVE { #(#arms)* _ => #whole }));
        }
    }

    /// Mutants of a unary operator delete it.
    fn unary(&mut self, expr: &mut Expr) {
        let Expr::Unary(whole) = &*expr else { return };
        let operand = &whole.expr;
        if let [(number, _), ..] = self.at(Genre::UnaryOperator, whole.op.span())[..] {
            *expr = parse_quote!(
                (match *crate::mutation::ACTIVE { #number => #operand, _ => #whole })
            );
        }
    }

    /// Mutants of a function return a value at once; they start where its first statement does.
    fn body(&mut self, block: &mut Block) {
        let Some(first) = block.stmts.first().map(Spanned::span) else {
            return;
        };
        visit_mut::visit_block_mut(self, block);
        let mut statements: Vec<syn::Stmt> = Vec::new();
        for (number, replacement) in self.at(Genre::FnValue, first) {
            let Ok(value) = syn::parse_str::<Expr>(replacement) else {
                continue;
            };
            statements
                .push(parse_quote!(if *crate::mutation::ACTIVE == #number { return #value; }));
        }
        block.stmts.splice(0..0, statements);
    }
}

impl VisitMut for Rewrite<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        self.binary(expr);
        self.unary(expr);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let deleted = self.at(Genre::MatchArm, arm.pat.span());
        let guards = match &arm.guard {
            Some((_, guard)) => self.at(Genre::MatchArmGuard, guard.span()),
            None => Vec::new(),
        };
        visit_mut::visit_arm_mut(self, arm);
        for (number, _) in deleted {
            let guard: Expr = match &arm.guard {
                Some((_, guard)) => parse_quote!(*crate::mutation::ACTIVE != #number && #guard),
                None => parse_quote!(*crate::mutation::ACTIVE != #number),
            };
            arm.guard = Some((Default::default(), Box::new(guard)));
        }
        for (number, replacement) in guards {
            let value: Expr = syn::parse_str(replacement).expect("a guard's mutant is a literal");
            let guard = arm.guard.take().expect("it had one").1.into_token_stream();
            let guard =
                parse_quote!((match *crate::mutation::ACTIVE { #number => #value, _ => #guard }));
            arm.guard = Some((Default::default(), Box::new(guard)));
        }
    }

    fn visit_item_fn_mut(&mut self, item: &mut syn::ItemFn) {
        self.body(&mut item.block);
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut syn::ImplItemFn) {
        self.body(&mut item.block);
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut syn::TraitItemFn) {
        if let Some(block) = &mut item.default {
            self.body(block);
        }
    }
}
