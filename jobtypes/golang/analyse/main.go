// Owns the analysis of a job's Go source: what it offers, what its comments and constants say, and the code that joins it to the shim.
//
// It reads a request as JSON from standard input and writes a reply to standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// request names the packages to read; the first one is the job.
type request struct {
	// Base is the folder that places in messages are seen from.
	Base     string
	Packages []listed
	// Shim is the import path of the shim.
	Shim string
}

// listed is a package as `go list` describes it.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	CgoFiles   []string
}

// reply has either the generated code or the problem.
type reply struct {
	// Glue is a further file of the job's package.
	Glue string `json:"glue,omitempty"`
	// Changed are files of the job that are compiled in another form, by their paths.
	Changed map[string]string `json:"changed,omitempty"`
	// Unreadable: the source has errors that the compiler will explain.
	Unreadable bool     `json:"unreadable,omitempty"`
	Problem    *problem `json:"problem,omitempty"`
}

// problem is what keeps the source from being a job.
type problem struct {
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(analyse(asked)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func analyse(asked request) reply {
	var sources []*source
	for _, each := range asked.Packages {
		read, err := readSource(each)
		if err != nil {
			return reply{Unreadable: true}
		}
		sources = append(sources, read)
	}
	job := sources[0]
	if found := findProblem(job, asked.Base); found != nil {
		return reply{Problem: found}
	}
	return reply{Glue: generate(sources, asked.Shim), Changed: withoutMain(job)}
}
