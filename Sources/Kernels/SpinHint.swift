internal import CKernels

/// Tells the processor that this thread waits for another's next store: for waits of microseconds, in a bounded loop.
public func spinHint() { ck_spin_hint() }
