package dispatch

import "slices"

// modelPartition is a share of the lanes. One process at a time reads it.
type modelPartition struct {
	owner     *modelQueue // nil: none
	releasing *modelQueue // the owner before, until it has confirmed that nothing is in flight; or nil
}

func (q *modelQueue) owns(partition int) bool { return q.partitions[partition].owner == q }

// open returns the queue of a new process. Unless others share it, it owns all partitions.
func (q *modelDisk) open() *modelQueue {
	opened := &modelQueue{modelDisk: q, out: map[uint64]*modelOut{}}
	if !q.shared {
		for i := range q.partitions {
			opened.gain(i)
		}
	}
	return opened
}

// crash ends the process of a queue.
func (q *modelQueue) crash() {
	if q.unsure != nil {
		q.unsure()
		q.unsure = nil
	}
	for i := range q.partitions {
		if q.owns(i) {
			q.lose(i)
		}
		if q.partitions[i].releasing == q {
			q.partitions[i].releasing = nil
		}
	}
}

// gain makes a queue the owner of a partition, which it reads from its oldest event. A
// shared queue does not record which events of a block are delayed: they are received from
// the block as well.
func (q *modelQueue) gain(partition int) {
	q.partitions[partition].owner = q
	for _, b := range q.blocks {
		if b.partition != partition || b.done {
			continue
		}
		b.out = false
		if q.shared {
			for id := range b.moved {
				q.onCopy(id)
			}
			clear(b.moved)
		}
	}
	for _, d := range q.delayed {
		d.out = d.out && partitionOf(&d.records[0]) != partition
	}
}

// lose takes a partition from its owner, and returns the chunks of it that were out. A
// Delay whose answer was lost is stored.
func (q *modelQueue) lose(partition int) (chunks []uint64) {
	if q.unheard != nil {
		q.unheard.store(partition)
	}
	for id, o := range q.out {
		if o.partition() == partition {
			chunks = append(chunks, id)
			delete(q.out, id)
		}
	}
	slices.Sort(chunks)
	q.partitions[partition].owner = nil
	return chunks
}

func (o *modelOut) partition() int {
	if o.block != nil {
		return o.block.partition
	}
	return partitionOf(&o.delayed[0].records[0])
}
