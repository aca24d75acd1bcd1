package persisttest

import (
	"context"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// hangCases are about calls whose context ends while they wait.
func hangCases() []testCase {
	return []testCase{
		{name: "Hang/Refresh", needs: hanging, test: testRefreshHangs},
		{name: "Hang/Wait", needs: waiter, test: testWaitEnds},
	}
}

// promptly is how soon a call returns when its context has ended: far more than any store needs.
var promptly = 10 * time.Second

func hanging(p Place) string {
	if p.Hang == nil {
		return "no Place.Hang"
	}
	return refresher(p)
}

func waiter(p Place) string {
	store := p.Open()
	defer func() { _ = store.Close() }()
	if _, ok := store.(persist.Waiter); !ok {
		return "the store is not a persist.Waiter"
	}
	return ""
}

// testRefreshHangs ends the context of a Refresh that hangs. When the place answers again, the next
// Refresh succeeds.
func testRefreshHangs(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	release := c.place.Hang(w.store)
	defer release()
	err := ending(func(ctx context.Context) error { return w.tryRefresh(ctx, &differ{}) }, release)
	if err == nil {
		breakf(refreshing, "The place hung until the context ended, and Refresh returned no error.")
	}
	release()
	w.refresh(refreshing)
	w.append(commit{w.put("likes", 1, 1, 2)})
	w.reopen(refreshing)
}

// testWaitEnds ends the context of a Wait, several times between other calls.
func testWaitEnds(c *check) {
	w := c.start(library())
	for range 3 { // what begins to listen may return at once
		w.append(commit{w.put("likes", 1, 1, 1)})
		_ = ending(w.store.(persist.Waiter).Wait, func() {})
	}
	w.refresh(moment)
	w.reopen(durable)
}

// ending makes a call whose context soon ends, and returns its error. If the call does not return
// then, release must make it return, and a rule is broken.
func ending(call func(ctx context.Context) error, release func()) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var err error
	var broken any // what the call panicked with
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		defer func() { broken = recover() }()
		err = call(ctx)
	}()
	select {
	case <-returned:
		if broken != nil {
			panic(broken)
		}
		return err
	case <-time.After(promptly):
	}
	release()
	breakf(ends, "%v after the end of its context, the call had not returned.", promptly)
	return nil
}
