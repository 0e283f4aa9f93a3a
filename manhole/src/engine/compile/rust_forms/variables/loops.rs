//! Loops over mutable references: `for x in &mut list`, `list.iter_mut().for_each(|x| …)`.

use super::places::PlaceExpression;
use crate::engine::compile::rust_forms::locals::{AliasPart, Local};
use crate::engine::compile::rust_forms::patterns::Pattern;
use crate::engine::compile::rust_forms::translator::{Translated, Translator};

/// The methods behind `iter_mut()` that only choose or reorder items.
const ADAPTERS: &[&str] = &["rev", "skip", "step_by", "take"];

/// Mutable references to the items of a place.
struct MutableItems<'a> {
    place: PlaceExpression<'a>,
    is_enumerated: bool,
    /// Whether only the values of a map are gone through.
    is_values: bool,
    /// The number of tokens up to its end.
    end: usize,
}

impl<'a> Translator<'a> {
    /// Returns the mutable references to items after `skipped` tokens: `&mut list`, `list.iter_mut().enumerate()`.
    fn mutable_items(&self, skipped: usize) -> Option<MutableItems<'a>> {
        let is_borrowed = self.cursor.peek_at(skipped) == "&" && self.cursor.peek_at(skipped + 1) == "mut";
        let place = self.place_expression(skipped + if is_borrowed { 2 } else { 0 })?;
        let mut end = place.end;
        let is_name = self.aliased_place(self.cursor.peek_at(skipped)).is_some() && end == skipped + 1;
        let is_call = |at: usize, name: &str| {
            self.cursor.peek_at(at) == "."
                && self.cursor.peek_at(at + 1) == name
                && self.cursor.len_at(at + 2) == 2
        };
        let is_values = is_call(end, "values_mut");
        if is_values || is_call(end, "iter_mut") {
            end += 4;
        } else if !(is_borrowed || is_name && self.cursor.peek_at(end) == "{") {
            return None;
        }
        let is_enumerated = is_call(end, "enumerate");
        end += if is_enumerated { 4 } else { 0 };
        Some(MutableItems { place, is_enumerated, is_values, end })
    }

    /// Translates the rest of a loop over mutable references to items, behind its pattern. Returns whether it is one.
    pub(in crate::engine::compile::rust_forms) fn mutable_loop(
        &mut self,
        pattern: &Pattern<'a>,
    ) -> Translated<bool> {
        let Some(items) = self.mutable_items(1) else { return Ok(false) };
        let mut block = items.end;
        while self.cursor.peek_at(block) == "." && ADAPTERS.contains(&self.cursor.peek_at(block + 1)) {
            block += 2 + self.cursor.len_at(block + 2);
        }
        let is_assigned = |pattern: &Pattern<'a>| {
            let mut bindings = Vec::new();
            pattern.bind("", &mut bindings);
            bindings.iter().any(|binding| self.is_assigned_through(binding.local.name, block))
        };
        let (key, item) = match pattern {
            // A pair is a key with its item, unless the first part of it changes.
            Pattern::Items { items: parts, rest: None, .. }
                if parts.len() == 2 && !items.is_values && !is_assigned(&parts[0]) =>
            {
                (Some(&parts[0]), &parts[1])
            }
            pattern if !items.is_enumerated => (None, pattern),
            _ => return Ok(false),
        };
        let is_needed = !items.place.is_live || is_assigned(item);
        let Some(list) = self.simple_place(&items.place).filter(|_| is_needed) else { return Ok(false) };
        if self.cursor.peek_at(block) != "{" {
            return Ok(false);
        }
        let position = match key {
            Some(Pattern::Name(name, inner)) if **inner == Pattern::Any => (*name).to_owned(),
            _ => self.new_name(),
        };
        let place = list.place();
        let is_map = items.is_values || (key.is_some() && !items.is_enumerated);
        self.leave_out_up_to(self.cursor.index() + items.end);
        self.insert(match is_map {
            true => format!(" {position} in __map_keys({place})"),
            false if self.cursor.peek() == "{" => format!(" {position} in 0..len({place})"),
            false => format!(" {position} in (0..len({place}))"),
        });
        while self.cursor.peek() == "." {
            self.copy();
            self.copy();
            self.call_arguments(None)?;
        }
        let mut bindings = Vec::new();
        let alias = list.step(AliasPart::Item(position.clone()));
        item.bind(&alias.place(), &mut bindings);
        let kind = self.alias(alias);
        self.refer_to_places(item, &mut bindings, kind);
        if let Some(key) = key {
            key.bind(&position, &mut bindings);
        }
        bindings.retain(|binding| binding.value != binding.local.name);
        self.in_scope(|this| {
            if let Some(Pattern::Name(key, _)) = key {
                this.declare(key);
            }
            this.block(&bindings)
        })?;
        Ok(true)
    }

    /// Translates `list.iter_mut().for_each(|x| …)` as a statement. Returns whether one is at the cursor.
    pub(in crate::engine::compile::rust_forms) fn mutable_for_each(&mut self) -> Translated<bool> {
        let Some(items) = self.mutable_items(0).filter(|items| !items.is_enumerated) else {
            return Ok(false);
        };
        let brackets = items.end + 2;
        let tokens: Vec<_> = (items.end..items.end + 6).map(|at| self.cursor.peek_at(at)).collect();
        let &[".", "for_each", "(", "|", item, "|"] = tokens.as_slice() else { return Ok(false) };
        let end = brackets + self.cursor.len_at(brackets);
        let has_return = (brackets..end).any(|at| matches!(self.cursor.peek_at(at), "return" | "?"));
        let is_needed = !items.place.is_live || self.is_assigned_through(item, brackets);
        if !is_needed || has_return || !matches!(self.cursor.peek_at(end), ";" | "" | "}") {
            return Ok(false);
        }
        let is_values = items.is_values;
        let first = self.cursor.index();
        let list = self.held_place(items.place)?;
        self.leave_out_up_to(first + brackets);
        let position = self.new_name();
        let keys = if is_values { "__map_keys(" } else { "0..len(" };
        self.insert(format!(" for {position} in {keys}{}) {{", list.place()));
        let kind = self.alias(list.step(AliasPart::Item(position)));
        self.leave_out_brackets(|this| {
            for _ in 0..3 {
                this.leave_out();
            }
            this.in_scope(|this| {
                this.declare_as(Local { name: item, kind });
                if this.cursor.peek() == "{" { this.block(&[]) } else { this.expression() }
            })
        })?;
        self.insert(" }");
        Ok(true)
    }
}
