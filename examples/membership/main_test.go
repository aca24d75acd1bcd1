package main

import (
	"strings"
	"testing"
)

const story = `edges added: 4
ada is in it already: true
  ada    owner
  alan   guest
  grace  guest

1 joins engine, 1 changes role, 1 leaves
  ada    owner
  grace  maintainer
  linus  guest

ada hands over to grace:
  ada is no longer owner, but adviser
  grace is no longer maintainer, but owner
ada was owner and is adviser

grace stays: nobody would be left

grace works on [compiler debugger engine]
on engine and compiler: [ada grace]
on engine, not on compiler: [linus]
page: [{ada adviser} {grace owner}]
last page: [{linus guest}]
6 memberships of 3 people in 3 projects
`

func TestStory(t *testing.T) {
	var told strings.Builder
	if err := tell(&told); err != nil {
		t.Fatal(err)
	}
	if told.String() != story {
		t.Errorf("got\n%s\nwant\n%s", &told, story)
	}
}
