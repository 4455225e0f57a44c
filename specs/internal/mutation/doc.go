// Package mutation proves the suite: it puts a defect between our exporter and the
// simulator and checks that exactly the requirements about that defect fail. It
// holds tests only.
package mutation
