internal import CKernels

/// Executes the CPU's spin-wait hint. For bounded loops that wait microseconds for another thread's store.
public func spinHint() { ck_spin_hint() }
