// Owns the proof that source is read rightly: what is offered, what comments and constants say, and what is no job.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func analysed(t *testing.T, code string) (reply, string) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "perform.go"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	name := strings.Fields(strings.SplitAfterN(code, "package ", 2)[1])[0]
	job := listed{ImportPath: "example.com/job", Name: name, Dir: folder, GoFiles: []string{"perform.go"}}
	return analyse(request{Base: folder, Packages: []listed{job}, Shim: "example.com/job/racetrack_shim"}), folder
}

const perform = "\nfunc Perform(in map[string]any) (any, error) { return nil, nil }\n"

func TestProblems(t *testing.T) {
	for code, want := range map[string]string{
		"package job\n":                                           "there is no func Perform in package job (.)",
		"package job\n\nfunc perform() {}\n":                      "perform.go:3: func perform cannot be called: only func Perform is",
		"package job\n\ntype T int\n\nfunc (T) Perform() {}\n":    "perform.go:5: Perform is a method of T: a job needs a function",
		"package job\n\nfunc Perform[T any](in T) error {\n}\n":   "perform.go:3: func Perform has type parameters",
		"package job\n\nvar Perform = func() {}\n":                "there is no func Perform in package job",
		"package job\n\nfunc (t *T[A]) Perform() {}\n":            "perform.go:3: Perform is a method of T",
		"package job\n\n// Metrics\nfunc Metrics() []int { }\n":   "there is no func Perform",
		"package main\n\nfunc main() {}\n\nfunc PERFORM() {}\n\n": "perform.go:5: func PERFORM cannot be called",
	} {
		got, _ := analysed(t, code)
		if got.Problem == nil || !strings.HasPrefix(got.Problem.Message, want) || !strings.Contains(got.Problem.Hint, "func Perform(in Input)") {
			t.Errorf("%q: %+v, want %s", code, got.Problem, want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if got, _ := analysed(t, "package job\nfunc {"); !got.Unreadable {
		t.Errorf("%+v", got)
	}
}

func TestGlue(t *testing.T) {
	for code, wanted := range map[string][]string{
		"package job" + perform:                                                   {`"Perform": Perform,`, "//go:build go1.21"},
		"// Package job works.\npackage job" + perform:                            {`Doc: "Package job works."`},
		"package job\n\n// It works." + perform:                                   {`"example.com/job.Perform": "It works."`},
		"package job\nvar CallJob func()" + perform:                               {`"CallJob": &CallJob,`},
		"package job\ntype T struct {\n\tA int // one\n}" + perform:               {`"example.com/job.T": {Doc: "", Fields: map[string]string{"A": "one", }}`},
		"package job\ntype T struct{}\n// M works.\nfunc (t *T) M() {}" + perform: {`"example.com/job.T.M": "M works."`},
		"package main" + perform:                                                  {"func main() {", "racetrackShim.Main("},
	} {
		got, _ := analysed(t, code)
		for _, want := range wanted {
			if !strings.Contains(got.Glue, want) {
				t.Errorf("%q: %s lacks %s", code, got.Glue, want)
			}
		}
	}
}

func TestConstants(t *testing.T) {
	for code, want := range map[string]string{
		"type T string\nconst (\n\tA T = \"a\"\n\tB T = \"b\"\n)":          "{A, B}",
		"type T string\nconst A = T(\"a\")":                                "{A}",
		"type T int\nconst (\n\tA T = iota\n\tB\n\t_\n\tC\n)":              "{A, B, C}",
		"type T int\nconst (\n\tA T = iota\n\tB\n\tcount\n)":               "{A, B}",
		"type T int\nconst (\n\ta T = iota\n\tb\n)":                        "{a, b}",
		"type U uint8\ntype T U\nconst (\n\tA T = 1\n\tB T = 2\n)":         "{A, B}",
		"type T int\nconst A T = 7":                                        "",
		"type T int\nconst (\n\tA T = 1 << iota\n\tB\n)":                   "",
		"type T float64\nconst (\n\tA T = 1\n\tB T = 2\n)":                 "",
		"type T string\nconst A = \"a\"":                                   "",
		"type T string\nfunc f() {\n\tconst A T = \"a\"\n\t_ = A\n}":       "",
		"type T string\nconst (\n\tA T = \"a\"\n\tn = 5\n\tB T = \"b\"\n)": "{A, B}",
	} {
		got, _ := analysed(t, "package job\n"+code+perform)
		_, values, found := strings.Cut(got.Glue, "Values: []any")
		values, _, _ = strings.Cut(values, "}")
		if found {
			values += "}"
		}
		if values != want {
			t.Errorf("%q: %q, want %q", code, values, want)
		}
	}
}

func TestOwnMain(t *testing.T) {
	got, folder := analysed(t, "package main\n\nfunc main() { println(1) }\n"+perform)
	want := "package main\n\nfunc _   () { println(1) }\n" + perform
	if text := got.Changed[filepath.Join(folder, "perform.go")]; text != want {
		t.Errorf("%q", text)
	}
}

func TestOtherPackages(t *testing.T) {
	folder := t.TempDir()
	for name, code := range map[string]string{
		"perform.go": "package job" + perform,
		"other.go":   "package other\n\ntype Kind string\n\nconst (\n\tA Kind = \"a\"\n\tb Kind = \"b\"\n)\n\n// Doc only.\ntype S struct{}\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	job := listed{ImportPath: "m/job", Name: "job", Dir: folder, GoFiles: []string{"perform.go"}}
	other := listed{ImportPath: "m/other", Name: "other", Dir: folder, GoFiles: []string{"other.go"}}
	got := analyse(request{Base: folder, Packages: []listed{job, other}, Shim: "m/shim"})
	for _, want := range []string{`racetrackPackage1 "m/other"`, `Values: []any{racetrackPackage1.A}`, `"m/other.S": {Doc: "Doc only."}`} {
		if !strings.Contains(got.Glue, want) {
			t.Errorf("%s lacks %s", got.Glue, want)
		}
	}
}
