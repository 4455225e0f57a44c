package log429

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
	"github.com/ammeter/ammeter/simulator/amplitude"
)

const (
	// room is what the project has left of the limit for the events of the
	// scenario: the app's own SDK sends to the same project. An exporter that keeps
	// to the limit by itself is throttled all the same.
	room = 20
	// above is by how much, at least, a device is busier than the published limit.
	above = 1.25
	// below is by how much, at most: what a device sends too much has to be delivered
	// within a minute.
	below = 2.0
	// flood is the length of the flood in seconds, part the share of what a device
	// sends in it that a compressed quota takes.
	flood = 6.0
	part  = 0.6
	// most is the number of devices that are run, busiest first.
	most = 100
	// total is about the events per second of all throttled devices together.
	total = 2000.0
)

// device is one that was throttled: by its rate, its quota, or both.
type device struct {
	name  string // pseudonym of the device, or of the user where none was named
	user  bool   // the name is that of a user
	rate  int    // events per second, 0 if it was not throttled for that
	daily int    // events of the day, 0 if it was not throttled for that
	lines int    // of a log that names no id; this one device stands for them
}

// Who returns how many devices and users the log names, in words.
func (l *Log) Who(key *pseudonym.Key) string { return named(l.devices(key)) }

// Beside says how many users are played by the device that a body names beside them; empty
// if none is.
func (l *Log) Beside() string {
	paired := map[string]bool{}
	for _, ids := range []struct{ devices, users map[string]int }{{l.Devices, l.Users}, {l.QuotaDevices, l.QuotaUsers}} {
		free := len(ids.devices)
		for _, user := range descending(ids.users) {
			if !l.Alone[user] && free > 0 {
				paired[user] = true
				free--
			}
		}
	}
	if len(paired) == 0 {
		return ""
	}
	return counted(len(paired), "user named beside a device is taken for the user of that device",
		"users named beside devices are taken for the users of those devices")
}

func named(all []device) string {
	users := 0
	for _, d := range all {
		if d.user {
			users++
		}
	}
	devices := plural.Of(len(all)-users, "device")
	switch users {
	case 0:
		return devices
	case len(all):
		return plural.Of(users, "user")
	default:
		return devices + " and " + plural.Of(users, "user")
	}
}

// Scenario writes the scenario: its name must be that of the file. The devices are
// named by their pseudonyms, in comments.
func (l *Log) Scenario(name string, target loadgen.Kind, key *pseudonym.Key) []byte {
	devices := l.devices(key)
	who, left := named(devices), max(0, len(devices)-most)
	devices = devices[:min(most, len(devices))]

	verb := "are"
	if len(devices) == 1 {
		verb = "is"
	}

	limit := cmp.Or(l.Limit, amplitude.EventsPerSecond)
	rates := make([]float64, len(devices))
	sum := 0.0
	for i, d := range devices {
		rates[i] = amplitude.EventsPerSecond * math.Min(math.Max(float64(d.rate)/float64(limit), above), below)
		sum += rates[i]
	}
	busiest := slices.Max(rates)
	for i, d := range devices {
		if d.daily > 0 {
			rates[i] = busiest // the quota of a day says nothing about seconds
		}
	}
	// Many devices are run slower, and limited lower.
	allowed := math.Max(2, math.Floor(room*math.Min(1, total/sum)))
	for i := range rates {
		rates[i] = math.Round(10*rates[i]*allowed/room) / 10
	}

	var b strings.Builder
	if l.Unnamed > 0 {
		fmt.Fprintf(&b, "# Made from %s: one device stands for whoever it was.\n",
			counted(l.Unnamed, "line with a 429 that names nobody", "lines with a 429 that name nobody"))
	} else {
		fmt.Fprintf(&b, "# Made from %s of a 429: %s.\n", counted(l.Bodies, "body", "bodies"), who)
	}
	if beside := l.Beside(); beside != "" {
		fmt.Fprintf(&b, "# %s.\n", beside)
	}
	if l.Cut > 0 {
		fmt.Fprintf(&b, "# %s cut off in the log: more devices may have been throttled.\n", counted(l.Cut, "of the bodies is", "of the bodies are"))
	}
	if left > 0 {
		fmt.Fprintf(&b, "# The %d busiest are run.\n", most)
	}
	fmt.Fprintf(&b, "name: %s\n", name)
	fmt.Fprintf(&b, "description: >-\n  %s %s above the limit, as logged, among 300 quiet ones. They must wait, in order;\n  the others must not notice.\n",
		named(devices), verb)
	settings(&b, devices, target, limit, int(allowed), int(part*flood*slices.Max(rates)))
	b.WriteString("\nphases:\n  - {name: quiet, for: 3s, rate: 100}\n  - {name: flood, for: 6s, rate: 100}\n")
	b.WriteString("devices:\n  count: 300\n  hot:\n")
	for i, d := range devices {
		fmt.Fprintf(&b, "    - {rate: %g, phases: [flood]}  # %s\n", rates[i], d.logged())
	}
	b.WriteString("ids: {identified: 0.9, anonymous: 0.1}\n")
	goals(&b, len(devices), target)
	return []byte(b.String())
}

func settings(b *strings.Builder, devices []device, target loadgen.Kind, limit, allowed, quota int) {
	rate := slices.ContainsFunc(devices, func(d device) bool { return d.rate > 0 })
	daily := slices.ContainsFunc(devices, func(d device) bool { return d.daily > 0 })
	var scale, limits []string
	if rate {
		scale = append(scale, fmt.Sprintf("the window of 30 s is 3 s, and %d of %d events per second are left", allowed, limit))
		limits = append(limits, fmt.Sprintf("events_per_second: %d, window: 3s", allowed))
	} else {
		limits = append(limits, "events_per_second: 0")
	}
	if daily {
		scale = append(scale, fmt.Sprintf("the quota of 500,000 is %d, and a day is 24 s", quota))
		limits = append(limits, fmt.Sprintf("daily_quota: %d, quota_step: 1s", quota))
	}
	if target == loadgen.Exporter {
		scale = append(scale, "pauses of the exporter are 1 s")
	}
	fmt.Fprintf(b, "scale: >-\n  %s\nseed: 429\ntarget: %s\n\n", strings.Join(scale, ";\n  "), target)
	fmt.Fprintf(b, "simulator:\n  limits: {%s}\n", strings.Join(limits, ", "))
	if target == loadgen.Exporter {
		b.WriteString("exporter: {throttle_pause: 1s, quota_pause: 1s}\n")
	}
}

// goals are what must hold.
func goals(b *strings.Builder, devices int, target loadgen.Kind) {
	if target == loadgen.Amplitude {
		b.WriteString("expect: [429]\n")
	} else {
		b.WriteString("settle: 60s\n")
	}
	fmt.Fprintf(b, "\nthresholds:\n  - throttled_devices == %d\n  - throttled_others == 0\n  - lost == 0\n", devices)
	if target != loadgen.Amplitude {
		b.WriteString("  - delivered == expected\n  - reordered == 0\n  - other_p99_ratio < 1.1\n")
	}
}

// devices puts ids together, busiest first. In a scenario each device has one user,
// so the busiest user is taken for that of the busiest device, and so on. A user that was
// named alone is played by a device of its own.
func (l *Log) devices(key *pseudonym.Key) []device {
	if l.Unnamed > 0 {
		return []device{{name: "nobody is named", rate: 1, lines: l.Unnamed}}
	}
	var all []device
	index := map[string]int{} // of all, by name
	row := func(name string, user bool, n int, set func(d *device, n int)) {
		at, known := index[name]
		if !known {
			at = len(all)
			index[name] = at
			all = append(all, device{name: name, user: user})
		}
		set(&all[at], max(n, 1))
	}
	add := func(devices, users map[string]int, set func(d *device, n int)) {
		byRate := descending(devices)
		for _, id := range descending(users) {
			n, name := users[id], "user "+key.ID("user_id", id)
			if l.Alone[id] || len(byRate) == 0 {
				row(name, true, n, set)
				continue
			}
			row("device "+key.ID("device_id", byRate[0]), false, max(n, devices[byRate[0]]), set)
			byRate = byRate[1:]
		}
		for _, id := range byRate {
			row("device "+key.ID("device_id", id), false, devices[id], set)
		}
	}
	add(l.Devices, l.Users, func(d *device, n int) { d.rate = n })
	add(l.QuotaDevices, l.QuotaUsers, func(d *device, n int) { d.daily = n })
	slices.SortStableFunc(all, func(a, b device) int { return cmp.Compare(b.rate, a.rate) })
	return all
}

// descending sorts ids by their numbers, highest first.
func descending(m map[string]int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
}

func (d device) logged() string {
	if d.lines > 0 {
		return d.name + ": 429 in " + plural.Of(d.lines, "line")
	}
	var what []string
	if d.rate > 0 {
		what = append(what, fmt.Sprintf("%d events/s", d.rate))
	}
	if d.daily > 0 {
		what = append(what, fmt.Sprintf("daily quota, %d", d.daily))
	}
	return d.name + ": " + strings.Join(what, "; ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
