/// Numbers that never change after they were written, aligned to a cache line, read by pointer in kernels.
/// Immutable, hence safe to share although the compiler cannot see it.
final class ConstantBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let start: UnsafePointer<Element>
    let count: Int

    /// Memory of `count` elements that `write` fills.
    init(count: Int, _ write: (UnsafeMutablePointer<Element>) -> Void) {
        let memory = LargeMemory.allocate(count, of: Element.self)
        write(memory)
        start = UnsafePointer(memory)
        self.count = count
    }

    /// A copy of an array.
    convenience init(_ elements: [Element]) {
        self.init(count: elements.count) { memory in
            elements.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { memory.initialize(from: base, count: source.count) }
            }
        }
    }

    deinit { LargeMemory.deallocate(start) }
}
