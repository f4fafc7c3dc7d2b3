import Dispatch

extension Array where Element: BitwiseCopyable {
    /// The bytes that one core copies at once.
    private static var blockBytes: Int { 1 << 20 }

    /// A copy that shares nothing with this array, made by all cores in blocks where it is large.
    ///
    /// An ordinary copy is made when one of both is changed next, by who changes it. This one is made now.
    package func copied() -> [Element] {
        [Element](unsafeUninitializedCapacity: count) { target, initialisedCount in
            withUnsafeBytes { source in
                guard let start = source.baseAddress,
                    let room = UnsafeMutableRawBufferPointer(target).baseAddress
                else { return }
                // Both outlive the concurrent part, whose blocks do not overlap.
                nonisolated(unsafe) let (from, to) = (start, room)
                let (size, block) = (source.count, Self.blockBytes)
                guard size >= 4 * block else { return to.copyMemory(from: from, byteCount: size) }
                DispatchQueue.concurrentPerform(iterations: (size + block - 1) / block) { number in
                    let first = number * block
                    (to + first).copyMemory(from: from + first, byteCount: Swift.min(block, size - first))
                }
            }
            initialisedCount = count
        }
    }
}
