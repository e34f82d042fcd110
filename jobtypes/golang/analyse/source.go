// Owns reading one package: its functions and variables, and its types with their comments and constants.

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// source is one package as its files show it.
type source struct {
	listed
	files     *token.FileSet
	syntax    []*ast.File
	doc       string
	functions map[string]*ast.FuncDecl
	methods   map[string]*ast.FuncDecl // by `Type.Name`
	variables map[string]bool
	types     map[string]*namedType
	order     []string // names of the types as written
}

// namedType is a type declaration.
type namedType struct {
	doc        string
	fields     map[string]string
	underlying string // name of the type it is made from, empty for anything that has none
	constants  []string
	isFlags    bool // made of single bits: their sums are values, too
}

func readSource(each listed) (*source, error) {
	s := &source{
		listed: each, files: token.NewFileSet(), functions: map[string]*ast.FuncDecl{}, methods: map[string]*ast.FuncDecl{},
		variables: map[string]bool{}, types: map[string]*namedType{},
	}
	for _, name := range append(each.GoFiles, each.CgoFiles...) {
		file, err := parser.ParseFile(s.files, filepath.Join(each.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.syntax = append(s.syntax, file)
		if file.Doc != nil && s.doc == "" {
			s.doc = textOf(file.Doc)
		}
		for _, declared := range file.Decls {
			s.readDeclaration(declared)
		}
	}
	for _, file := range s.syntax {
		for _, declared := range file.Decls {
			if general, is := declared.(*ast.GenDecl); is && general.Tok == token.CONST {
				s.readConstants(general)
			}
		}
	}
	return s, nil
}

func (s *source) readDeclaration(declared ast.Decl) {
	switch declared := declared.(type) {
	case *ast.FuncDecl:
		if declared.Recv == nil {
			s.functions[declared.Name.Name] = declared
		} else if receiver := receiverOf(declared); receiver != "" {
			s.methods[receiver+"."+declared.Name.Name] = declared
		}
	case *ast.GenDecl:
		for _, spec := range declared.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				s.readType(spec, declared)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					s.variables[name.Name] = declared.Tok == token.VAR
				}
			}
		}
	}
}

func (s *source) readType(spec *ast.TypeSpec, declared *ast.GenDecl) {
	made := &namedType{doc: textOf(spec.Doc), fields: map[string]string{}}
	if made.doc == "" && len(declared.Specs) == 1 {
		made.doc = textOf(declared.Doc)
	}
	switch underlying := spec.Type.(type) {
	case *ast.Ident:
		made.underlying = underlying.Name
	case *ast.StructType:
		readFields(underlying, made.fields)
	}
	s.types[spec.Name.Name] = made
	s.order = append(s.order, spec.Name.Name)
}

// readFields notes the comments above or behind the fields.
func readFields(of *ast.StructType, into map[string]string) {
	for _, field := range of.Fields.List {
		text := textOf(field.Doc)
		if text == "" {
			text = textOf(field.Comment)
		}
		if text == "" {
			continue
		}
		for _, name := range field.Names {
			into[name.Name] = text
		}
	}
}

// readConstants adds the constants of one declaration to their types. One without a value repeats what stands above it.
func (s *source) readConstants(declared *ast.GenDecl) {
	var kind string
	var values []ast.Expr
	for _, spec := range declared.Specs {
		spec := spec.(*ast.ValueSpec)
		if len(spec.Values) > 0 {
			values = spec.Values
			kind = nameOf(spec.Type)
			if call, is := values[0].(*ast.CallExpr); is && kind == "" {
				kind = nameOf(call.Fun) // a conversion, if it is the name of a type
			}
		}
		made := s.types[kind]
		if made == nil {
			continue
		}
		made.isFlags = made.isFlags || shifts(values)
		for _, name := range spec.Names {
			if name.Name != "_" {
				made.constants = append(made.constants, name.Name)
			}
		}
	}
}

func shifts(values []ast.Expr) bool {
	found := false
	for _, value := range values {
		ast.Inspect(value, func(node ast.Node) bool {
			if operation, is := node.(*ast.BinaryExpr); is && operation.Op == token.SHL {
				found = true
			}
			return !found
		})
	}
	return found
}

// choices are the constants that are all the values of a type: none for numbers with a single name, and for sets of bits. Where
// there are exported ones, the others are helpers such as a count.
func (s *source) choices(name string) []string {
	made := s.types[name]
	isText, isWhole := s.basicKind(name)
	if made.isFlags || !isText && !isWhole || isWhole && len(made.constants) < 2 {
		return nil
	}
	if exported := onlyExported(made.constants); len(exported) > 0 {
		return exported
	}
	return made.constants
}

func (s *source) basicKind(name string) (isText, isWhole bool) {
	for range s.types { // no chain of names is longer
		declared := s.types[name]
		if declared == nil {
			break
		}
		name = declared.underlying
	}
	isWhole = strings.HasPrefix(name, "int") || strings.HasPrefix(name, "uint") || name == "byte" || name == "rune"
	return name == "string", isWhole
}

func receiverOf(method *ast.FuncDecl) string {
	kind := method.Recv.List[0].Type
	if pointer, is := kind.(*ast.StarExpr); is {
		kind = pointer.X
	}
	switch generic := kind.(type) {
	case *ast.IndexExpr:
		kind = generic.X
	case *ast.IndexListExpr:
		kind = generic.X
	}
	return nameOf(kind)
}

// nameOf is the name that an expression consists of; empty for any other.
func nameOf(expression ast.Expr) string {
	if name, is := expression.(*ast.Ident); is {
		return name.Name
	}
	return ""
}

func textOf(comment *ast.CommentGroup) string {
	return strings.TrimSpace(comment.Text())
}
