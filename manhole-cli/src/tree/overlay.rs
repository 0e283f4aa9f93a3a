//! Draws menus, forms, answers, questions and a copied path over the rows.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::dialog::{Answer, Menu};
use super::form::Form;
use crate::terminal::colors::Colors;
use crate::terminal::format::{in_one_line, truncated};

/// The columns and lines around a box.
const MARGIN: u16 = 2;

/// Returns an area in the middle for `lines` lines of `width` columns, as far as they fit.
fn middle(frame: &Frame<'_>, width: usize, lines: usize) -> Rect {
    let area = frame.area();
    let fit = |wanted: usize, room: u16| u16::try_from(wanted + 2).unwrap_or(u16::MAX).min(room);
    let width = fit(width + 2, area.width.saturating_sub(MARGIN * 2));
    let height = fit(lines, area.height.saturating_sub(MARGIN));
    Rect::new((area.width - width) / 2, (area.height - height) / 2, width, height)
}

/// Draws an empty box. Returns the area inside.
fn draw_box(frame: &mut Frame<'_>, area: Rect, title: &str, keys: &str) -> Rect {
    let title = truncated(title, usize::from(area.width).saturating_sub(4));
    let block = Block::bordered()
        .title(format!(" {title} "))
        .title_bottom(Line::from(format!(" {keys} ")).style(Style::new().add_modifier(Modifier::DIM)));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    // One column of space on both sides.
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// Draws a menu. Returns the area of its items, and the first of them.
pub(super) fn draw_menu(frame: &mut Frame<'_>, menu: &Menu) -> (Rect, usize) {
    let doc = menu.items.get(menu.selected).map(|item| in_one_line(&item.doc)).unwrap_or_default();
    let widest = menu.items.iter().map(|item| item.label.width().max(item.doc.width().min(76))).max();
    let width = widest.unwrap_or_default().max(menu.title.width() + 2).max(40);
    let area = middle(frame, width, menu.items.len() + 2);
    let inner = draw_box(frame, area, &menu.title, "Enter chooses  Esc back");
    let height = usize::from(inner.height).saturating_sub(2).max(1);
    let top = (menu.selected + 1).saturating_sub(height);
    let items = menu.items.iter().enumerate().skip(top).take(height);
    let mut lines: Vec<_> = items
        .map(|(at, item)| {
            let style = if at == menu.selected { Modifier::REVERSED } else { Modifier::empty() };
            Line::styled(truncated(&item.label, usize::from(inner.width)), Style::new().add_modifier(style))
        })
        .collect();
    lines.push(Line::default());
    lines.push(Line::from(truncated(&doc, usize::from(inner.width))));
    frame.render_widget(Paragraph::new(lines), inner);
    (Rect { height: inner.height.saturating_sub(2), ..inner }, top)
}

pub(super) fn draw_form(frame: &mut Frame<'_>, form: &Form) {
    let width =
        form.title.width().max(form.doc.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)).max(60);
    let doc = in_one_line(&form.doc);
    let area = middle(frame, width, form.fields.len() + 2);
    let keys = "Enter goes on  Tab and ↑ ↓ move  Esc back";
    let inner = draw_box(frame, area, &form.title, keys);
    let mut lines = vec![Line::from(truncated(&doc, usize::from(inner.width))), Line::default()];
    let height = usize::from(inner.height).saturating_sub(lines.len()).max(1);
    let top = (form.active + 1).saturating_sub(height);
    for (at, field) in form.fields.iter().enumerate().skip(top).take(height) {
        let label = format!("{} = ", field.label());
        let room = usize::from(inner.width).saturating_sub(label.width() + 1);
        // The end of a long line is where the user types.
        let scroll = field.input.visual_scroll(room);
        let shown: String = field.input.value().chars().skip(scroll).collect();
        if at == form.active {
            let column = label.width() + field.input.visual_cursor().saturating_sub(scroll);
            let x = inner.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
            let y = inner.y.saturating_add(u16::try_from(lines.len()).unwrap_or(u16::MAX));
            frame.set_cursor_position(Position::new(x.min(inner.right()), y));
        }
        let style = if at == form.active { Modifier::BOLD } else { Modifier::empty() };
        lines.push(Line::styled(format!("{label}{shown}"), Style::new().add_modifier(style)));
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

pub(super) fn draw_answer(frame: &mut Frame<'_>, answer: &Answer) {
    let width = answer.text.lines().map(UnicodeWidthStr::width).max().unwrap_or_default();
    let area = middle(frame, width.max(answer.title.width() + 2).max(40), answer.text.lines().count());
    let inner = draw_box(frame, area, &answer.title, "↑ ↓ scroll  any other key closes");
    let lines = answer.text.lines().skip(answer.top).take(usize::from(inner.height));
    let lines: Vec<_> = lines.map(|line| Line::from(truncated(line, usize::from(inner.width)))).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Draws a path without a frame beside it, so that a selection has nothing else.
pub(super) fn draw_path(frame: &mut Frame<'_>, path: &str) {
    let room = usize::from(frame.area().width).max(1);
    let height = u16::try_from(path.width().div_ceil(room) + 4).unwrap_or(u16::MAX).min(frame.area().height);
    let area = Rect { height, ..frame.area() };
    let text = format!("The path, to select it with the mouse. Any key closes it.\n\n{path}\n");
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }), area);
}

pub(super) fn draw_question(frame: &mut Frame<'_>, question: &str, colors: Colors) {
    let room = usize::from(frame.area().width.saturating_sub(MARGIN * 2 + 4)).max(1);
    let width = question.width().clamp(40.min(room), room);
    let lines = question.width().div_ceil(width.max(1)) + 1;
    let area = middle(frame, width, lines);
    let inner = draw_box(frame, area, "?", "y does it  any other key cancels");
    let style = colors.screen_style(Style::new().fg(Color::Yellow));
    frame.render_widget(Paragraph::new(question).style(style).wrap(Wrap { trim: true }), inner);
}
