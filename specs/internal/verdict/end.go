package verdict

// CleanEnd passes when the exporter ended in time and reported success.
func CleanEnd(t Traffic) Verdict {
	if t.Stop != nil {
		return Failed("it ended with: %v", t.Stop)
	}
	return Passed("it ended cleanly")
}
