import ContinualInference
import Foundation
import Tensors

/// A network that is measured, by the peer's name of the case.
struct ContinualCase: Sendable {
    let name: String
    /// Steps for one answer.
    var cycle = 1
    /// The clip that gives one answer; nil for the receptive field.
    var clipFrames: Int?
    /// Numbers of sessions that are also stepped together.
    var batches: [Int] = []
    let network: @Sendable () throws -> (module: any Module, input: FrameShape)

    static let all = [
        ContinualCase(name: "conv1d_stack", batches: [16]) {
            (
                Sequential(
                    (0..<5).flatMap { _ -> [any Module] in [Conv1d(64, 64, kernel: 9), Activation.relu] }),
                FrameShape(64)
            )
        },
        ContinualCase(name: "lstm512", clipFrames: 64, batches: [16]) { (LSTM(512, 512), FrameShape(512)) },
        ContinualCase(name: "gru512", clipFrames: 64, batches: [16]) { (GRU(512, 512), FrameShape(512)) },
        ContinualCase(name: "cooadtr_b1", batches: [16]) { (CoOadTR(.one), FrameShape(3_072)) },
        ContinualCase(name: "cooadtr_b2", batches: [16]) { (CoOadTR(.two), FrameShape(3_072)) },
        ContinualCase(name: "costgcn", cycle: 4, clipFrames: 300) {
            (CoSkeleton(.graph, isRegular: false), FrameShape(3, [25, 2]))
        },
        ContinualCase(name: "costgcn_mod", clipFrames: 300) {
            (CoSkeleton(.graph, isRegular: true), FrameShape(3, [25, 2]))
        },
        ContinualCase(name: "cox3d_s", clipFrames: 13) { (CoX3D(.s), FrameShape(3, [160, 160])) },
        ContinualCase(name: "cox3d_m", clipFrames: 16) { (CoX3D(.m), FrameShape(3, [224, 224])) },
    ]

    /// The network compiled with random weights and stepped until it answers.
    func start() throws -> Running {
        let (module, input) = try network()
        return try Running(
            plan: Plan(module, input: input, weights: .random(seed: 1), name: name), item: self)
    }

    /// A network at work.
    final class Running {
        let plan: Plan
        private let item: ContinualCase
        private let workspace: Workspace
        private var states: [StreamState]
        private let frames: [Float]
        private var next = 0

        init(plan: Plan, item: ContinualCase) throws {
            self.plan = plan
            self.item = item
            workspace = Workspace(plan: plan)
            states = [plan.makeState()]
            var generator = RandomGenerator(seed: 2)
            frames = (0..<(16 * plan.inputShape.count)).map { _ in Float(generator.normal()) }
            // Past the first answer, to the beginning of a cycle.
            let warm = (plan.firstOutput / item.cycle + 2) * item.cycle
            for _ in 0..<warm { step(sessions: 1) }
        }

        /// The clip that gives one answer.
        private var clipFrames: Int { item.clipFrames ?? plan.timing.receptiveField }

        /// Multiply-adds of the clip over those of a step.
        var operationsSaved: Double {
            Double(plan.multiplyAdds(perClipOf: clipFrames)) / plan.multiplyAddsPerStep
        }

        private var outputs: [Float] = []
        private var emitted: [Bool] = []

        private func step(sessions: Int) {
            let width = plan.inputShape.count
            while states.count < sessions { states.append(states[0]) }
            if emitted.count < sessions {
                outputs = [Float](repeating: 0, count: sessions * plan.outputShape.count)
                emitted = [Bool](repeating: false, count: sessions)
            }
            let first = next % (16 / min(sessions, 16))
            next += 1
            frames.withUnsafeBufferPointer { frames in
                states.withUnsafeMutableBufferPointer { states in
                    outputs.withUnsafeMutableBufferPointer { outputs in
                        emitted.withUnsafeMutableBufferPointer { emitted in
                            workspace.step(
                                frames: UnsafeBufferPointer(
                                    rebasing: frames[
                                        (first * sessions * width)..<((first + 1) * sessions * width)]),
                                states: UnsafeMutableBufferPointer(rebasing: states[..<sessions]),
                                outputs: outputs, emitted: emitted)
                        }
                    }
                }
            }
        }

        /// Milliseconds of single steps; the mean of a cycle for each step of it.
        func steps(seconds: Double) throws -> [Double] {
            times(seconds: seconds) {
                for _ in 0..<item.cycle { step(sessions: 1) }
            }.map { $0 / Double(item.cycle) }
        }

        /// Milliseconds of steps of several sessions together; at most 16.
        func batches(of sessions: Int, seconds: Double) throws -> [Double] {
            times(seconds: seconds) {
                for _ in 0..<item.cycle { step(sessions: sessions) }
            }.map { $0 / Double(item.cycle) }
        }

        /// Milliseconds of the whole clip, layer by layer.
        func clips(seconds: Double) throws -> [Double] {
            let width = plan.inputShape.count
            let clip = (0..<clipFrames).flatMap { frames[($0 % 16 * width)..<(($0 % 16 + 1) * width)] }
            var failure: (any Error)?
            let result = times(seconds: seconds) {
                do { _ = try workspace.clip(clip) } catch { failure = error }
            }
            if let failure { throw failure }
            return result
        }

        private func times(seconds: Double, _ body: () -> Void) -> [Double] {
            var times: [Double] = []
            let clock = ContinuousClock()
            let end = clock.now + .seconds(seconds)
            body()
            repeat {
                let start = clock.now
                body()
                times.append(Double(start.duration(to: clock.now) / .nanoseconds(1)) * 1e-6)
            } while clock.now < end
            return times
        }
    }
}
