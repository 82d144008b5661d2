//! The module graph of a crate, computed from its sources, and the circles in it.
//!
//! A node is a source file. An edge goes from a file to the file that defines what it names: a name
//! that a module only passes on (`pub use`) is followed to its definition, so a module that
//! collects its children's names depends on none of them. Unit tests are left out: they may reach
//! anywhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::visit::Visit;
use syn::{Attribute, Ident, Item, ItemMod, ItemUse, Meta, UseTree, Visibility};

/// The path of a module in its crate: `["store", "jobs"]`, empty for the root.
type ModulePath = Vec<String>;

/// How often a name may be passed on before it is taken for a loop of `pub use`.
const MAX_REEXPORTS: usize = 16;

/// What a module makes known, and what it names.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Names of items that are defined here.
    defined: BTreeSet<String>,
    /// Names that `use` brings here, and the paths that they stand for.
    imported: BTreeMap<String, Vec<String>>,
    /// Modules all of whose names `use` brings here.
    globs: Vec<Vec<String>>,
    /// Every path that is named here, re-exports aside.
    named: BTreeSet<Vec<String>>,
}

/// All modules of one crate.
pub(crate) struct ModuleGraph {
    modules: HashMap<ModulePath, Module>,
}

impl ModuleGraph {
    /// Reads the crate with this root, `src/lib.rs` or `src/main.rs`.
    pub(crate) fn read(root: &Path) -> Self {
        let mut graph = Self {
            modules: HashMap::new(),
        };
        let directory = root.parent().expect("a source lies in a directory");
        graph.read_file(root, directory, Vec::new());
        graph
    }

    /// Reads a module's file; `children` is where the files of its modules lie.
    fn read_file(&mut self, file: &Path, children: &Path, path: ModulePath) {
        let text = fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
        let syntax = syn::parse_file(&text)
            .unwrap_or_else(|error| panic!("cannot parse {}: {error}", file.display()));
        self.read_items(&syntax.items, file, children, path);
    }

    fn read_items(&mut self, items: &[Item], file: &Path, children: &Path, path: ModulePath) {
        let mut module = Module {
            file: file.to_owned(),
            ..Module::default()
        };
        for item in items {
            if is_for_tests(attributes_of(item)) {
                continue;
            }
            if let Some(name) = name_of(item) {
                module.defined.insert(name);
            }
            match item {
                Item::Mod(child) => self.read_module(child, file, children, &path),
                Item::Use(item) => module.import(item),
                item => Named(&mut module.named).visit_item(item),
            }
        }
        self.modules.insert(path, module);
    }

    fn read_module(&mut self, child: &ItemMod, file: &Path, children: &Path, parent: &ModulePath) {
        let name = child.ident.unraw().to_string();
        let mut path = parent.clone();
        path.push(name.clone());
        if let Some((_, items)) = &child.content {
            return self.read_items(items, file, &children.join(name), path);
        }
        let source = match path_attribute(&child.attrs) {
            Some(source) => file.with_file_name(source),
            None => children.join(format!("{name}.rs")),
        };
        // A file with a path attribute looks for its modules beside itself.
        let below = match path_attribute(&child.attrs) {
            Some(_) => source.parent().map(Path::to_owned).unwrap_or_default(),
            None => children.join(&name),
        };
        self.read_file(&source, &below, path);
    }

    /// Every group of files that import each other, each with the imports that tie it.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let mut edges: BTreeMap<(&Path, &Path), BTreeSet<String>> = BTreeMap::new();
        for (path, module) in &self.modules {
            for named in &module.named {
                if let Some(target) = self.definition(path, named, MAX_REEXPORTS)
                    && target != module.file
                {
                    let names = edges.entry((&module.file, target)).or_default();
                    names.insert(named.join("::"));
                }
            }
        }
        let graph: DiGraphMap<&Path, ()> = edges.keys().copied().collect();
        tarjan_scc(&graph)
            .into_iter()
            .filter(|files| files.len() > 1)
            .map(|files| {
                let inside = |file: &Path| files.contains(&file);
                edges
                    .iter()
                    .filter(|((from, to), _)| inside(from) && inside(to))
                    .map(|((from, to), names)| {
                        let names: Vec<_> = names.iter().map(String::as_str).collect();
                        let (from, to) = (from.display(), to.display());
                        format!("{from} -> {to}: {}", names.join(", "))
                    })
                    .collect()
            })
            .collect()
    }

    /// The file that defines what `named` stands for in the module `from`. `None` for what is not
    /// of this crate, and for a module: what is named through it is what counts.
    fn definition(&self, from: &[String], named: &[String], depth: usize) -> Option<&Path> {
        let (mut at, mut rest) = match named.first()?.as_str() {
            "crate" => (Vec::new(), &named[1..]),
            "self" => (from.to_vec(), &named[1..]),
            _ => (from.to_vec(), named),
        };
        while let Some((next, after)) = rest.split_first() {
            if next == "super" {
                at.pop()?;
                rest = after;
                continue;
            }
            at.push(next.clone());
            if self.modules.contains_key(&at) {
                rest = after;
                continue;
            }
            at.pop();
            let module = self.modules.get(&at)?;
            if module.defined.contains(next) {
                return Some(&module.file);
            }
            let depth = depth.checked_sub(1)?;
            if let Some(path) = module.imported.get(next) {
                let path: Vec<_> = path.iter().chain(after).cloned().collect();
                return self.definition(&at, &path, depth);
            }
            return module.globs.iter().find_map(|glob| {
                let path: Vec<_> = glob.iter().chain(rest).cloned().collect();
                self.definition(&at, &path, depth)
            });
        }
        None
    }
}

impl Module {
    /// Takes a `use` in. One that passes names on names nothing for the module itself.
    fn import(&mut self, item: &ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        for (name, path) in leaves(&item.tree) {
            if !is_reexport {
                self.named.insert(path.clone());
            }
            match name {
                Some(name) => _ = self.imported.insert(name, path),
                None => self.globs.push(path),
            }
        }
    }
}

/// What a `use` brings: each name with the path that it stands for, no name for `*`.
fn leaves(tree: &UseTree) -> Vec<(Option<String>, Vec<String>)> {
    let name = |ident: &Ident| ident.unraw().to_string();
    match tree {
        // `use a::b::{self}` is `use a::b`; the caller knows the name.
        UseTree::Name(leaf) if leaf.ident == "self" => vec![(Some("self".to_owned()), vec![])],
        UseTree::Name(leaf) => vec![(Some(name(&leaf.ident)), vec![name(&leaf.ident)])],
        UseTree::Rename(leaf) if leaf.ident == "self" => vec![(Some(name(&leaf.rename)), vec![])],
        UseTree::Rename(leaf) => vec![(Some(name(&leaf.rename)), vec![name(&leaf.ident)])],
        UseTree::Glob(_) => vec![(None, vec![])],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        UseTree::Path(path) => {
            let first = name(&path.ident);
            let mut below = leaves(&path.tree);
            for (leaf, path) in &mut below {
                path.insert(0, first.clone());
                if leaf.as_deref() == Some("self") {
                    *leaf = Some(first.clone());
                }
            }
            below
        }
    }
}

/// Collects the paths in an item, those in the tokens of macro calls included.
struct Named<'a>(&'a mut BTreeSet<Vec<String>>);

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.0.insert(
            segments
                .map(|segment| segment.ident.unraw().to_string())
                .collect(),
        );
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let leaves = leaves(&item.tree).into_iter();
        self.0.extend(leaves.map(|(_, path)| path));
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes_of(item)) {
            syn::visit::visit_item(self, item);
        }
    }
}

impl Named<'_> {
    /// Takes every `a::b::c` that begins at the crate or at a module near by.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.take(&mut path);
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                token => {
                    self.take(&mut path);
                    colons = 0;
                    if let TokenTree::Group(group) = token {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.take(&mut path);
    }

    fn take(&mut self, path: &mut Vec<String>) {
        let path = std::mem::take(path);
        if matches!(
            path.first().map(String::as_str),
            Some("crate" | "self" | "super")
        ) && path.len() > 1
        {
            self.0.insert(path);
        }
    }
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(ident.unraw().to_string())
}

/// Whether the item is compiled for tests only: its `cfg` names `test`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => names_test(list.tokens.clone()),
        _ => false,
    })
}

fn names_test(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "test",
        TokenTree::Group(group) => names_test(group.stream()),
        _ => false,
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(path),
                ..
            }) if pair.path.is_ident("path") => Some(path.value()),
            _ => None,
        }
    })
}
