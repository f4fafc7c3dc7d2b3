import Tensors
import Testing

/// Copies that are made at once, in blocks where they are large.
@Suite struct CopiedTests {
    @Test(
        "A copy is equal and has memory of its own",
        arguments: [0, 1, 1_000, 1 << 20, (1 << 20) + 3, 3 << 20, (5 << 20) + 7])
    func copied(count: Int) {
        let values = (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
        let copy = values.copied()
        #expect(copy == values)
        guard count > 0 else { return }
        values.withUnsafeBufferPointer { own in
            copy.withUnsafeBufferPointer { #expect($0.baseAddress != own.baseAddress) }
        }
    }
}
