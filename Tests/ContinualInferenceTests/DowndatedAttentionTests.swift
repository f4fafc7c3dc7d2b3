import ContinualInference
import Foundation
import Tensors
import Testing

@Suite struct DowndatedAttentionTests {
    /// The greatest difference of the two updates over a stream, scores made larger by `gain`.
    private func difference(gain: Float) throws -> Float {
        let (width, heads, tokens) = (32, 4, 8)
        let input = FrameShape(width)
        let exact = try Plan(
            RetroactiveAttention(width, heads: heads, tokens: tokens), input: input, weights: .random(seed: 5)
        )
        let downdated = try Plan(
            RetroactiveAttention(width, heads: heads, tokens: tokens, update: .downdated), input: input,
            weights: .random(seed: 5))
        let (one, other) = (Workspace(plan: exact), Workspace(plan: downdated))
        var (a, b) = (exact.makeState(), downdated.makeState())
        var generator = RandomGenerator(seed: 6)
        var worst: Float = 0
        for step in 0..<200 {
            let frame = (0..<width).map { _ in gain * Float(generator.normal()) }
            let (x, y) = (try one.step(frame, &a), try other.step(frame, &b))
            #expect((x != nil) == (step >= tokens - 1))
            #expect((x == nil) == (y == nil))
            for (p, q) in zip(x ?? [], y ?? []) {
                worst = max(worst, (p - q).isFinite ? abs(p - q) : .infinity)
            }
        }
        return worst
    }

    @Test func agreesWhileScoresAreSmall() throws {
        #expect(try difference(gain: 1) < 1e-5)
    }

    @Test func losesItsDigitsWhenScoresAreLarge() throws {
        #expect(try difference(gain: 12) > 1e-2, "the documentation says that it would")
    }
}
