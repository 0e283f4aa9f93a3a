//! What keys do: in the rows, in a menu, and in the line in which the user types.

use manhole_client::Level;
use manhole_protocol::methods::ValueKind;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::dialog::{Answer, Choice, Collection, Confirm, Menu, Mode, Typing, TypingPurpose};
use super::form::{Form, FormKey, Purpose as FormPurpose};
use super::model::Model;
use super::requests::{Purpose, UserJob};
use super::rows::{Row, RowState};
use super::save::{self, Overwrite};
use super::table::{Query, Table};
use super::{Tree, filter, paths, view};
use crate::terminal::clipboard;
use crate::terminal::full_screen::Message;

impl Tree {
    /// Handles a key. Returns whether the tree continues.
    pub(super) fn key(&mut self, key: KeyEvent, model: &mut Model) -> bool {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return false;
        }
        match std::mem::replace(&mut self.mode, Mode::Browse) {
            Mode::Browse if key.code == KeyCode::Esc && self.cancel() => {}
            Mode::Browse if self.table.is_some() => return self.table_key(key),
            Mode::Browse => return self.browse(key, model),
            Mode::Path(_) => {}
            Mode::Typing(typing) => self.type_key(key, typing, model),
            Mode::Menu(menu) => self.menu_key(key, menu),
            Mode::Form(form) => self.form_key(key, form),
            Mode::Answer(mut answer) => {
                let last = answer.text.lines().count().saturating_sub(1);
                answer.top = match key.code {
                    KeyCode::Down | KeyCode::Char('j') => answer.top.saturating_add(1).min(last),
                    KeyCode::PageDown => answer.top.saturating_add(10).min(last),
                    KeyCode::Up | KeyCode::Char('k') => answer.top.saturating_sub(1),
                    KeyCode::PageUp => answer.top.saturating_sub(10),
                    _ => return true,
                };
                self.mode = Mode::Answer(answer);
            }
            Mode::Confirm(confirm) => {
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    self.send(confirm.job);
                } else {
                    self.message = Some(Message::Done(self.nothing_done(&confirm.job).to_owned()));
                }
            }
        }
        true
    }

    fn browse(&mut self, key: KeyEvent, model: &mut Model) -> bool {
        self.message = None;
        let page = self.view.height().saturating_sub(1).max(1);
        match key.code {
            KeyCode::Char('q') => return false,
            // The message is gone already; behind it is the table, then what was narrowed, and then the parent.
            KeyCode::Esc => {
                if let Some(table) = self.table_behind.take() {
                    self.table = Some(table);
                    self.refresh_table();
                } else if !model.widen() {
                    model.close();
                }
            }
            KeyCode::Down | KeyCode::Char('j') => model.down(1),
            KeyCode::Up | KeyCode::Char('k') => model.up(1),
            KeyCode::PageDown => model.down(page),
            KeyCode::PageUp => model.up(page),
            KeyCode::Home => model.up(usize::MAX),
            KeyCode::End | KeyCode::Char('G') => model.down(usize::MAX),
            KeyCode::Enter | KeyCode::Char(' ') => model.toggle(),
            KeyCode::Right | KeyCode::Char('l') => model.open(),
            KeyCode::Left | KeyCode::Char('h') => model.close(),
            KeyCode::Char('r') => model.outdate(),
            KeyCode::Char('?') => self.show_help(),
            KeyCode::Char('/') => self.begin_filter(model),
            KeyCode::Char('f') => self.type_line("find: ", "", TypingPurpose::Search),
            KeyCode::Char('n') => self.report_match(model.find_next()),
            KeyCode::Char('N') => self.report_match(model.find_previous()),
            KeyCode::Char('g') => self.begin_jump(model),
            KeyCode::Char('t') => self.open_table(model),
            KeyCode::Char('M') => self.switch_mouse(),
            _ => self.act(key.code, model),
        }
        true
    }

    /// Does what a key does with the selected value.
    fn act(&mut self, key: KeyCode, model: &Model) {
        let Some(row) = model.selected() else { return };
        match (key, &row.path) {
            (KeyCode::Char('e'), _) => self.begin_edit(row),
            (KeyCode::Char('m' | 'y' | 's'), None) => self.fail("this row has no path"),
            (KeyCode::Char('m'), Some(path)) => {
                self.send(UserJob::Describe { path: path.clone(), purpose: Purpose::Methods });
            }
            (KeyCode::Char('y'), Some(path)) => self.copy(path.clone()),
            (KeyCode::Char('s'), Some(path)) => {
                let name = save::file_name(path);
                self.type_line(&format!("save {path} to "), &name, TypingPurpose::Save(path.clone()));
            }
            _ => {}
        }
    }

    /// Copies a path, and shows it where the terminal's own mouse selects it.
    pub(super) fn copy(&mut self, path: String) {
        if let Err(error) = clipboard::copy(&path) {
            return self.fail(&format!("cannot copy: {error}"));
        }
        self.message = Some(Message::Done("copied, if the terminal allows it".to_owned()));
        self.mode = Mode::Path(path);
    }

    /// Returns why the session cannot do what `level` requires, if it cannot.
    fn refusal(&self, verb: &str, level: Level) -> Option<String> {
        let own = self.level.parse::<Level>().ok().filter(|own| *own < level)?;
        Some(format!("cannot {verb} at the level {}: it requires the level {}", own.name(), level.name()))
    }

    /// Returns whether the session may write.
    pub(super) fn can_write(&self) -> bool {
        self.refusal("edit", Level::Operate).is_none()
    }

    fn begin_edit(&mut self, row: &Row) {
        if let Some(refusal) = self.refusal("edit", Level::Operate) {
            return self.fail(&refusal);
        }
        match row.editable_text() {
            Err(why) => self.fail(&why),
            Ok((path, _)) if row.may_be_enum() => {
                self.send(UserJob::Describe { path, purpose: Purpose::Variants });
            }
            Ok((path, text)) if ["true", "false"].contains(&text.as_str()) => {
                self.mode = Mode::Menu(Menu::of_bool(path, &text));
            }
            Ok((path, text)) => self.edit_line(path, &text),
        }
    }

    pub(super) fn edit_line(&mut self, path: String, text: &str) {
        self.type_line(&format!("{path} = "), text, TypingPurpose::Edit(path));
    }

    pub(super) fn type_line(&mut self, label: &str, text: &str, purpose: TypingPurpose) {
        let input = Input::new(text.to_owned());
        self.mode = Mode::Typing(Typing { label: label.to_owned(), input, purpose });
    }

    fn begin_filter(&mut self, model: &Model) {
        match model.collection() {
            Some(Row { path: Some(path), kind, type_name, .. }) => {
                let has_char_keys = type_name.contains("<char,");
                let collection = Collection { path: path.clone(), kind: *kind, has_char_keys };
                self.type_line(&format!("filter {path}: "), "", TypingPurpose::Filter(collection));
            }
            _ => self.type_line("find: ", "", TypingPurpose::Search),
        }
    }

    fn begin_jump(&mut self, model: &Model) {
        let row = model.collection().or_else(|| model.selected());
        let base = row.and_then(|row| Some((row.path.clone()?, row.kind)));
        let label = match &base {
            Some((path, _)) => format!("go to a key of {path}: "),
            None => "go to: ".to_owned(),
        };
        self.type_line(&label, "", TypingPurpose::Jump(base));
    }

    fn open_table(&mut self, model: &Model) {
        let Some(Row { path: Some(path), kind, .. }) = model.collection() else {
            return self.fail("a table shows a list, a map or a set: select one, or an item of one");
        };
        let query = Query { path: path.clone(), kind: *kind, filter: None, sort: None };
        self.table = Some(Table::new(query.clone()));
        self.table_behind = None;
        self.send(UserJob::Table(query));
    }

    fn type_key(&mut self, key: KeyEvent, mut typing: Typing, model: &mut Model) {
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Enter => {
                let typed = typing.input.value().trim().to_owned();
                self.typed(typed, typing.purpose, model);
            }
            _ => {
                typing.input.handle_event(&Event::Key(key));
                self.mode = Mode::Typing(typing);
            }
        }
    }

    fn typed(&mut self, typed: String, purpose: TypingPurpose, model: &mut Model) {
        match purpose {
            TypingPurpose::Search => {
                model.search(&typed);
                self.report_match(model.find_next());
            }
            TypingPurpose::Filter(_) | TypingPurpose::Jump(_) if typed.is_empty() => {}
            TypingPurpose::Filter(collection) => {
                let condition = filter::condition(&typed, collection.kind);
                let (path, kind) = (collection.path.clone(), collection.kind);
                self.table_behind = None;
                self.filtered = Some((collection, typed));
                self.send(UserJob::Filter { path, kind, condition });
            }
            TypingPurpose::FilterTable => {
                if let Some(table) = &mut self.table {
                    let condition = filter::condition(&typed, table.query.kind);
                    table.query.filter = (!typed.is_empty()).then_some((typed, condition));
                    self.refresh_table();
                }
            }
            TypingPurpose::Jump(base) => {
                let base = base.as_ref().map(|(path, kind)| (path.as_str(), *kind));
                self.send(UserJob::Locate(paths::meanings(&typed, base)));
            }
            TypingPurpose::Edit(_) if typed.is_empty() => {
                self.message = Some(Message::Done("nothing written".to_owned()));
            }
            TypingPurpose::Edit(path) => self.confirm_write(path, typed),
            TypingPurpose::Save(_) if typed.is_empty() => {}
            TypingPurpose::Save(path) => {
                self.send(UserJob::Save { path, file: typed, overwrite: Overwrite::Never });
            }
        }
    }

    fn confirm_write(&mut self, path: String, value: String) {
        let question = format!("write {path} = {value}?");
        self.mode = Mode::Confirm(Confirm { question, job: UserJob::Write { path, value } });
    }

    fn menu_key(&mut self, key: KeyEvent, mut menu: Menu) {
        let last = menu.items.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc | KeyCode::Left | KeyCode::Char('q' | 'h') => return,
            KeyCode::Down | KeyCode::Char('j') => menu.selected = (menu.selected + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => menu.selected = menu.selected.saturating_sub(1),
            KeyCode::Home => menu.selected = 0,
            KeyCode::End => menu.selected = last,
            KeyCode::Enter => return self.choose(menu),
            _ => {}
        }
        self.mode = Mode::Menu(menu);
    }

    /// Does what the selected item of a menu stands for.
    pub(super) fn choose(&mut self, mut menu: Menu) {
        if menu.selected >= menu.items.len() {
            return;
        }
        let path = menu.path.clone();
        match menu.items.swap_remove(menu.selected).choice {
            Choice::Value(value) => self.confirm_write(path, value),
            Choice::Type => self.edit_line(path, ""),
            Choice::Variant(name, variant) => {
                let form = Form::of_variant(&path, name, &variant.doc, &variant.fields);
                self.mode = Mode::Form(form);
            }
            Choice::Method(method) => {
                let required = method.level.parse().unwrap_or(Level::Admin);
                if let Some(refusal) = self.refusal(&format!("call {}", method.name), required) {
                    return self.fail(&refusal);
                }
                let form = Form::of_method(&path, &method);
                if form.fields.is_empty() { self.submit(&form, &[]) } else { self.mode = Mode::Form(form) }
            }
        }
    }

    fn form_key(&mut self, key: KeyEvent, mut form: Form) {
        self.message = None;
        match form.key(key) {
            FormKey::Back => return,
            FormKey::Done(sources) => return self.submit(&form, &sources),
            FormKey::Wrong(why) => self.fail(&why),
            FormKey::Continue => {}
        }
        self.mode = Mode::Form(form);
    }

    /// Asks whether to write or call what a form builds. A method that needs no more than `observe` changes nothing.
    fn submit(&mut self, form: &Form, sources: &[String]) {
        let code = form.code(sources);
        match &form.purpose {
            FormPurpose::Variant { path, .. } => self.confirm_write(path.clone(), code),
            FormPurpose::Call { level, .. } if level.parse() == Ok(Level::Observe) => {
                self.send(UserJob::Call { code });
            }
            FormPurpose::Call { .. } => {
                let question = format!("call {code}? It may change the application.");
                self.mode = Mode::Confirm(Confirm { question, job: UserJob::Call { code } });
            }
        }
    }

    fn table_key(&mut self, key: KeyEvent) -> bool {
        self.message = None;
        let page = self.view.height().saturating_sub(2).max(1);
        let Some(table) = &mut self.table else { return true };
        let at = table.selected;
        match key.code {
            KeyCode::Char('q') => return false,
            // The filter first.
            KeyCode::Esc if table.query.filter.take().is_some() => self.refresh_table(),
            KeyCode::Esc => self.table = None,
            KeyCode::Down | KeyCode::Char('j') => table.select(at + 1),
            KeyCode::Up | KeyCode::Char('k') => table.select(at.saturating_sub(1)),
            KeyCode::PageDown => table.select(at + page),
            KeyCode::PageUp => table.select(at.saturating_sub(page)),
            KeyCode::Home => table.select(0),
            KeyCode::End | KeyCode::Char('G') => table.select(usize::MAX),
            KeyCode::Right | KeyCode::Char('l') => table.move_column(table.column + 1),
            KeyCode::Left | KeyCode::Char('h') => table.move_column(table.column.saturating_sub(1)),
            KeyCode::Char('s') => {
                table.sort();
                self.refresh_table();
            }
            KeyCode::Char('r') => {
                table.reverse();
                self.refresh_table();
            }
            KeyCode::Enter => self.enter_row(),
            KeyCode::Char('y') => match table.shown.rows.get(at).and_then(|row| row.paths.first()) {
                Some(path) => {
                    let path = path.clone();
                    self.copy(path);
                }
                None => self.fail("this row has no path"),
            },
            KeyCode::Char('/') => {
                let before = table.query.filter.as_ref().map(|(typed, _)| typed.clone()).unwrap_or_default();
                let label = format!("filter {}: ", table.query.path);
                self.type_line(&label, &before, TypingPurpose::FilterTable);
            }
            KeyCode::Char('?') => self.show_help(),
            KeyCode::Char('M') => self.switch_mouse(),
            KeyCode::F(5) => self.refresh_table(),
            _ => {}
        }
        true
    }

    /// Opens the selected row of the table in the tree.
    pub(super) fn enter_row(&mut self) {
        let Some(table) = &self.table else { return };
        match table.shown.rows.get(table.selected).map(|row| row.paths.clone()) {
            Some(paths) if !paths.is_empty() => self.send(UserJob::Locate(paths)),
            Some(_) => self.fail("this row has no path"),
            None => {}
        }
    }

    pub(super) fn refresh_table(&mut self) {
        if let Some(table) = &self.table {
            let query = table.query.clone();
            self.send(UserJob::Table(query));
        }
    }

    fn show_help(&mut self) {
        let text = view::help(self.table.is_some(), self.can_write());
        self.mode = Mode::Answer(Answer { title: "Keys".to_owned(), text, top: 0 });
    }

    fn switch_mouse(&mut self) {
        self.uses_mouse = !self.uses_mouse;
        let state = if self.uses_mouse { "on" } else { "off: the terminal selects text" };
        self.message = Some(Message::Done(format!("mouse {state}")));
    }

    fn report_match(&mut self, found: bool) {
        if !found {
            self.fail("cannot find the text in the open values");
        }
    }

    pub(super) fn fail(&mut self, why: &str) {
        self.message = Some(Message::Failed(why.to_owned()));
    }

    fn nothing_done(&self, job: &UserJob) -> &'static str {
        match job {
            UserJob::Call { .. } => "nothing called",
            UserJob::Save { .. } => "nothing saved",
            _ => "nothing written",
        }
    }
}

impl Row {
    /// Returns whether the value may be an enum, whose variants are a choice.
    fn may_be_enum(&self) -> bool {
        self.state != RowState::More && matches!(self.kind, ValueKind::Enum | ValueKind::Option)
    }
}
