package delivery

// fifo is a queue in a slice. Its zero value is empty.
type fifo[T any] struct {
	items []T
	first int
}

func (q *fifo[T]) len() int { return len(q.items) - q.first }

func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

// all returns what is in the queue, oldest first. It is the queue's own memory.
func (q *fifo[T]) all() []T { return q.items[q.first:] }

func (q *fifo[T]) peek() T { return q.items[q.first] }

func (q *fifo[T]) pop() T {
	v := q.items[q.first]
	var zero T
	q.items[q.first] = zero
	q.first++
	// Move the rest down once half of the slice is used up: constant cost per
	// pop, and the slice does not outgrow twice its longest content.
	if q.first*2 >= len(q.items) {
		rest := copy(q.items, q.items[q.first:])
		clear(q.items[rest:])
		q.items = q.items[:rest]
		q.first = 0
		if rest == 0 && cap(q.items) > 1024 {
			q.items = nil
		}
	}
	return v
}
