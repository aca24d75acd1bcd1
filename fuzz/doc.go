// Package fuzz holds the fuzz targets that reach across the library, each of which states one
// law, and their corpora.
//
//	go test -run '^$' -fuzz '^FuzzOperations$' -fuzztime 1m ./fuzz
package fuzz
