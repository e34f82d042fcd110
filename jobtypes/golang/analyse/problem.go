// Owns the mistakes that keep a package from being a job, and what to do about them.

package main

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"strings"
)

const example = "write func Perform(input map[string]interface{}) (interface{}, error), or func Perform(in Input) (Output, error) " +
	"with types of your own"

// findProblem looks for what the compiler cannot know: that there is something to call.
func findProblem(job *source, base string) *problem {
	if perform := job.functions["Perform"]; perform != nil {
		if perform.Type.TypeParams != nil {
			return &problem{job.place(perform, base) + ": func Perform has type parameters: nobody could say which types are meant", example}
		}
		return nil
	}
	for _, name := range []string{"AuxiliaryEndpoints", "StaticEndpoints", "WebviewApp"} {
		if job.functions[name] != nil {
			return nil
		}
	}
	if near := nearPerform(job.functions); near != nil {
		return &problem{fmt.Sprintf("%s: func %s cannot be called: only func Perform is", job.place(near, base), near.Name.Name), "rename it: " + example}
	}
	for _, name := range sortedKeys(job.methods) {
		if receiver, isPerform := strings.CutSuffix(name, ".Perform"); isPerform {
			return &problem{
				fmt.Sprintf("%s: Perform is a method of %s: a job needs a function", job.place(job.methods[name], base), receiver),
				"add a function that calls it: " + example,
			}
		}
	}
	return &problem{fmt.Sprintf("there is no func Perform in package %s (%s)", job.Name, job.relative(job.Dir, base)), example}
}

func nearPerform(functions map[string]*ast.FuncDecl) *ast.FuncDecl {
	for _, name := range sortedKeys(functions) {
		if strings.EqualFold(name, "perform") {
			return functions[name]
		}
	}
	return nil
}

func (s *source) place(declared *ast.FuncDecl, base string) string {
	place := s.files.Position(declared.Name.Pos())
	return fmt.Sprintf("%s:%d", s.relative(place.Filename, base), place.Line)
}

func (s *source) relative(path, base string) string {
	if short, err := filepath.Rel(base, path); err == nil && !strings.HasPrefix(short, "..") {
		return short
	}
	return path
}
