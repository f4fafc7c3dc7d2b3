import ContinualInference
import Foundation
import Tensors
import Testing

/// Every reference case in every mode. Other sets by `WEIR_GOLDEN_CONTINUAL`.
@Suite struct GoldenTests {
    static let networks = GoldenCase.names.filter { !$0.hasPrefix("splora") }

    @Test func thereAreCases() throws {
        #expect(
            Self.networks.count >= 80 || ProcessInfo.processInfo.environment["WEIR_GOLDEN_CONTINUAL"] != nil)
        #expect(!Self.networks.isEmpty)
    }

    private func plan(_ golden: GoldenCase) throws -> Plan {
        try Plan(
            try golden.network(), input: try golden.inputShape, weights: golden.weights, name: golden.name)
    }

    private func compare(
        _ outputs: [[Float]], _ expected: [[Float]], _ golden: GoldenCase, _ mode: String
    ) {
        #expect(outputs.count == expected.count, "\(golden): \(mode) gives \(outputs.count) outputs")
        var worst: Float = 0
        for (output, reference) in zip(outputs, expected) {
            #expect(output.count == reference.count, "\(golden): \(mode)")
            for (a, b) in zip(output, reference) {
                worst = max(worst, (a - b).isNaN ? .infinity : abs(a - b))
            }
        }
        #expect(
            worst <= golden.tolerance,
            "\(golden): \(mode) is off by \(worst), allowed are \(golden.tolerance)")
    }

    @Test(arguments: networks) func timing(_ name: String) throws {
        let golden = try GoldenCase(name)
        let timing = try golden.network().timing
        for (key, value) in [
            ("delay", timing.delay), ("receptive_field", timing.receptiveField), ("stride", timing.stride),
            ("padding", timing.padding),
        ] {
            if let expected = golden.metadata[key] as? Int { #expect(value == expected, "\(name): \(key)") }
        }
    }

    @Test(arguments: networks) func singleSteps(_ name: String) throws {
        let golden = try GoldenCase(name)
        let plan = try plan(golden)
        let workspace = Workspace(plan: plan)
        let valid = try golden.valid
        #expect(plan.firstOutput == valid.firstIndex(of: true) ?? valid.count)
        #expect(plan.outputs(after: valid.count) == valid.count(where: \.self))
        for row in 0..<(try golden.rows) {
            var state = plan.makeState()
            var outputs: [[Float]] = []
            for (index, frame) in try golden.frames("input", row: row).enumerated() {
                let before = state.encoded()
                let peeked = try workspace.peek(frame, state)
                #expect(state.encoded() == before, "\(name): a peek changed the state")
                let output = try workspace.step(frame, &state)
                #expect(peeked == output, "\(name): a peek differs from the step")
                #expect((output != nil) == valid[index], "\(name): step \(index)")
                if let output { outputs.append(output) }
            }
            compare(outputs, try golden.steps(row: row), golden, "step")
        }
    }

    @Test(arguments: networks) func clipsAndSequences(_ name: String) throws {
        let golden = try GoldenCase(name)
        let plan = try plan(golden)
        let workspace = Workspace(plan: plan)
        for row in 0..<(try golden.rows) {
            if golden.has("forward") {
                let input = try golden.frames(
                    golden.has("forward_input") ? "forward_input" : "input", row: row)
                var outputs = try workspace.clip(input.flatMap(\.self))
                var expected = try golden.frames("forward", row: row)
                if plan.outputShape.positions > 1, outputs.count == 1, expected.count > 1 {
                    // All outputs of a window are one frame here and a sequence there: [channels][tokens] both.
                    let channels = expected[0].count
                    expected = [(0..<channels).flatMap { channel in expected.map { $0[channel] } }]
                    outputs = [outputs[0]]
                }
                compare(outputs, expected, golden, "clip")
            }
            let frames = try golden.frames("input", row: row).flatMap(\.self)
            if golden.has("forward_steps") {
                var state = plan.makeState()
                compare(
                    try workspace.steps(frames, &state), try golden.frames("forward_steps", row: row), golden,
                    "steps")
            }
            if golden.has("forward_steps_pad_end") {
                var state = plan.makeState()
                let outputs = try workspace.steps(frames, &state, padEnd: true)
                compare(
                    outputs, try golden.frames("forward_steps_pad_end", row: row), golden, "steps, padded")
                var other = plan.makeState()
                _ = try workspace.steps(frames, &other)
                #expect(state.encoded() == other.encoded(), "\(name): padding the end changed the state")
            }
        }
    }

    @Test(arguments: networks) func splitAnywhere(_ name: String) throws {
        let golden = try GoldenCase(name)
        let plan = try plan(golden)
        let frames = try golden.frames("input", row: 0)
        var whole = plan.makeState()
        let workspace = Workspace(plan: plan)
        let expected = try frames.map { try workspace.step($0, &whole) }
        var running = plan.makeState()
        for split in 0...frames.count {
            // A fresh plan now and then: nothing of a session may hide outside of its state.
            let fresh = split % 8 == 0 ? Workspace(plan: try self.plan(golden)) : workspace
            var restored = try StreamState(running.encoded(), plan: fresh.plan)
            #expect(restored.stepCount == split)
            if split % 4 == 0 || split > frames.count - 2 {
                for index in split..<frames.count {
                    #expect(
                        try fresh.step(frames[index], &restored) == expected[index],
                        "\(name): split \(split), step \(index)")
                }
            }
            if split < frames.count { _ = try workspace.step(frames[split], &running) }
        }
        // The same in pieces of several frames.
        var generator = RandomGenerator(seed: 7)
        var state = plan.makeState()
        var outputs: [[Float]] = []
        var index = 0
        while index < frames.count {
            let count = min(1 + generator.below(7), frames.count - index)
            outputs += try workspace.steps(frames[index..<(index + count)].flatMap(\.self), &state)
            index += count
        }
        #expect(outputs == expected.compactMap(\.self), "\(name): pieces of several frames (seed 7)")
        #expect(state.encoded() == whole.encoded(), "\(name): the states differ")
    }

    @Test(arguments: networks) func sessionsOfDifferentPhase(_ name: String) throws {
        let golden = try GoldenCase(name)
        let plan = try plan(golden)
        let workspace = Workspace(plan: plan)
        let frames = try golden.frames("input", row: 0)
        var single = plan.makeState()
        let expected = try frames.map { try workspace.step($0, &single) }
        // Session i begins i steps later; all are stepped together.
        let sessions = 5
        var states = (0..<sessions).map { _ in plan.makeState() }
        for step in 0..<(frames.count + sessions - 1) {
            let active = (0..<sessions).filter { (0..<frames.count).contains(step - $0) }
            var batch = active.map { states[$0] }
            var outputs = [Float](repeating: .nan, count: active.count * plan.outputShape.count)
            var emitted = [Bool](repeating: false, count: active.count)
            let input = active.flatMap { frames[step - $0] }
            input.withUnsafeBufferPointer { input in
                batch.withUnsafeMutableBufferPointer { batch in
                    outputs.withUnsafeMutableBufferPointer { outputs in
                        emitted.withUnsafeMutableBufferPointer { emitted in
                            workspace.step(frames: input, states: batch, outputs: outputs, emitted: emitted)
                        }
                    }
                }
            }
            for (place, session) in active.enumerated() {
                states[session] = batch[place]
                let width = plan.outputShape.count
                let output = emitted[place] ? Array(outputs[(place * width)..<((place + 1) * width)]) : nil
                #expect(output == expected[step - session], "\(name): session \(session) at step \(step)")
            }
        }
        #expect(states[sessions - 1].encoded() == single.encoded(), "\(name): the states differ")
    }

    /// A recurrent network's state after the stream is PyTorch's hidden state, layer by layer: `h`, and `c` behind it.
    @Test(arguments: networks) func recurrentStates(_ name: String) throws {
        let golden = try GoldenCase(name)
        guard golden.has("final_state_0") else { return }
        let plan = try plan(golden)
        let workspace = Workspace(plan: plan)
        let shape = try golden.shape("final_state_0")
        let (layers, rows, width) = (shape[0], shape[1], shape[2])
        let hidden = try golden.floats("final_state_0")
        let cells = golden.has("final_state_1") ? try golden.floats("final_state_1") : []
        let cellWidth = cells.isEmpty ? 0 : try golden.shape("final_state_1")[2]
        func aligned(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
        let perLayer = aligned(cells.isEmpty ? width : aligned(width) + cellWidth)
        for row in 0..<rows {
            var state = plan.makeState()
            _ = try workspace.steps(try golden.frames("input", row: row).flatMap(\.self), &state)
            // Behind the mark, the layout's digest and the number of steps.
            let values = state.encoded().dropFirst(48).withUnsafeBytes { bytes in
                (0..<(bytes.count / 4)).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
            }
            for layer in 0..<layers {
                let h = values[(layer * perLayer)..<(layer * perLayer + width)]
                for (a, b) in zip(h, hidden[((layer * rows + row) * width)...]) {
                    #expect(abs(a - b) <= golden.tolerance, "\(name): h of layer \(layer)")
                }
                let start = layer * perLayer + aligned(width)
                guard !cells.isEmpty else { continue }
                for (a, b) in zip(
                    values[start..<(start + cellWidth)], cells[((layer * rows + row) * cellWidth)...])
                {
                    #expect(abs(a - b) <= golden.tolerance, "\(name): c of layer \(layer)")
                }
            }
        }
    }
}
