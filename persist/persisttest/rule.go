package persisttest

import "fmt"

// rule is what a failure quotes: a sentence of the contract, and where it stands.
type rule string

// The rules of the documentation of persist, by their numbers.
const (
	durable   rule = "persist rule 1: an Append that returns nil is durable, and after all earlier ones"
	whole     rule = "persist rule 1: all the commits of one Append become durable, or none does"
	refused   rule = "persist rule 2: of a refused Append nothing is written, now or later, and the graph goes on"
	unknown   rule = "persist rule 2: after an Append that failed and was not refused all later ones fail, and the next Load finds the truth"
	state     rule = "persist rule 3: Load gives back the state of the last durable commit and its revision"
	once      rule = "persist rule 3: Load gives each row once"
	misfit    rule = "persist rule 4: a declaration that does not fit the recorded schema is an ErrSchema that names both, and nothing is touched"
	fit       rule = "persist rule 4: a relation without rows may go, come, change and move"
	oneWriter rule = "persist rule 5: two writers never interleave unnoticed: ErrInUse at Load, or ErrConflict at Append"
	closing   rule = "persist rule 6: Close makes everything durable and gives every resource back"
	recovery  rule = "persist rule 6: a store that was not closed recovers by itself at the next Load"
	moment    rule = "persist rule 8: what a Refresher gives, with all that it gave and took before, are the rows of one moment"
	beside    rule = "persist rule 8: Append puts and deletes what a commit says whatever others made of it"
	damage    rule = "persist rule 7: what was damaged is never given back as if it were good: Load fails with ErrDamaged and says where"
)

// ends is rule 9.
const ends rule = "persist rule 9: Load, Refresh and Wait return soon after their context ends, even if what the store talks to hangs"

// What stands elsewhere in persist.
const (
	reloading  rule = "persist, what a store may rely on, 1: Load may be called again after it failed"
	lifetime   rule = "persist, what a store may rely on, 4: commits, batches and their slices are valid until Append returns, and no longer"
	loading    rule = "persist.Store.Load: an error of the Loader, or a context that ends, ends Load; it fails, and holds on to nothing"
	refreshing rule = "persist.Refresher.Refresh: an error of the Differ, or a context that ends, ends Refresh; it fails, and changes nothing"
	differing  rule = "persist.Differ: of a row it is told once, and Whole is said before the rows"
	schemaKept rule = "persist.Store.Load: the schema is not changed"
	refusing   rule = "persist.Store.Append: a context that ends before anything is written refuses the commits"
	oneForm    rule = "persist.Store.Form: the store gives rows back in its form, which never changes"
	handedIn   rule = "persisttest.Place"
)

// violation is a broken rule. It is thrown by breakf and caught by testCase.run.
type violation struct {
	rule   rule
	detail string
}

func (v *violation) Error() string { return fmt.Sprintf("%s.\n%s", v.rule, v.detail) }

// breakf ends the case: a rule was broken.
func breakf(r rule, format string, args ...any) {
	panic(&violation{r, fmt.Sprintf(format, args...)})
}
