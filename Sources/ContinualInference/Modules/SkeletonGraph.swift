/// The joints of a skeleton and the bones between them, as adjacency matrices.
public struct SkeletonGraph: Sendable {
    /// The number of joints.
    public let vertices: Int
    /// Three matrices [3][vertices][vertices]: each joint with itself, with the joints further in, and with those
    /// further out; columns sum to one where they are not empty (Yan et al. 2018, section 3.4).
    public let adjacency: [Float]

    /// A skeleton.
    ///
    /// - Parameter bones: pairs of joints, from the outer to the inner.
    public init(vertices: Int, bones: [(outer: Int, inner: Int)]) {
        self.vertices = vertices
        var matrices = [Float](repeating: 0, count: 3 * vertices * vertices)
        for vertex in 0..<vertices { matrices[vertex * vertices + vertex] = 1 }
        for (partition, edges) in [bones.map { ($0.outer, $0.inner) }, bones.map { ($0.inner, $0.outer) }]
            .enumerated()
        {
            let base = (partition + 1) * vertices * vertices
            for (from, to) in edges { matrices[base + to * vertices + from] = 1 }
            for column in 0..<vertices {
                let sum = (0..<vertices).reduce(Float(0)) { $0 + matrices[base + $1 * vertices + column] }
                guard sum > 0 else { continue }
                for row in 0..<vertices { matrices[base + row * vertices + column] /= sum }
            }
        }
        adjacency = matrices
    }

    /// The 25 joints of a Kinect v2, as in NTU RGB+D.
    public static let ntu = SkeletonGraph(
        vertices: 25,
        bones: [
            (1, 2), (2, 21), (3, 21), (4, 3), (5, 21), (6, 5), (7, 6), (8, 7), (9, 21), (10, 9), (11, 10),
            (12, 11), (13, 1), (14, 13), (15, 14), (16, 15), (17, 1), (18, 17), (19, 18), (20, 19), (22, 23),
            (23, 8), (24, 25), (25, 12),
        ].map { ($0.0 - 1, $0.1 - 1) })
}
