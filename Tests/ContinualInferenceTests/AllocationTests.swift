import CAllocations
import ContinualInference
import Tensors
import Testing

/// A step asks for no memory, once the workspace has seen a batch as large.
@Suite struct AllocationTests {
    @Test(arguments: GoldenTests.networks) func aStepAllocatesNothing(_ name: String) throws {
        let golden = try GoldenCase(name)
        let plan = try Plan(try golden.network(), input: try golden.inputShape, weights: golden.weights)
        let workspace = Workspace(plan: plan)
        let sessions = 3
        var states = (0..<sessions).map { _ in plan.makeState() }
        let frames = try golden.frames("input", row: 0)
        var outputs = [Float](repeating: 0, count: sessions * plan.outputShape.count)
        var emitted = [Bool](repeating: false, count: sessions)
        var allocations = 0
        for (index, frame) in frames.enumerated() {
            let input = (0..<sessions).flatMap { _ in frame }
            input.withUnsafeBufferPointer { input in
                states.withUnsafeMutableBufferPointer { states in
                    outputs.withUnsafeMutableBufferPointer { outputs in
                        emitted.withUnsafeMutableBufferPointer { emitted in
                            let before = weir_allocations()
                            workspace.step(frames: input, states: states, outputs: outputs, emitted: emitted)
                            if index > 0 { allocations += weir_allocations() - before }
                        }
                    }
                }
            }
        }
        #expect(allocations == 0, "\(name)")
    }

    @Test func theCounterCounts() {
        let before = weir_allocations()
        guard before >= 0 else { return }
        let array = [Float](repeating: 1, count: 1_000 + Int(before % 3))
        #expect(array.count >= 1_000)
        #expect(weir_allocations() > before)
    }
}
