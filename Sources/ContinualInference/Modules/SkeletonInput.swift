/// Frames of skeletons `[coordinates][joints][persons]` normalised value by value and put person by person, so
/// that all that follows goes over `[persons][joints]`. Weights `data_bn` over persons, joints and coordinates.
public struct SkeletonInput: Module {
    private let coordinates: Int
    private let vertices: Int
    private let persons: Int

    /// Frames of so many coordinates, joints and persons.
    public init(coordinates: Int, vertices: Int, persons: Int) {
        self.coordinates = coordinates
        self.vertices = vertices
        self.persons = persons
    }

    public func lower(_ inputs: [Value], into builder: inout PlanBuilder) throws -> [Value] {
        let input = try builder.single(inputs, self)
        guard input.shape == FrameShape(coordinates, [vertices, persons]) else {
            throw ContinualError(
                .network,
                "\(builder.place): skeletons of \(coordinates)x\(vertices)x\(persons) are wanted, frames of \(input.shape) come in"
            )
        }
        var places: [Int32] = []
        for person in 0..<persons {
            for vertex in 0..<vertices {
                for coordinate in 0..<coordinates {
                    places.append(Int32((vertex * persons + person) * coordinates + coordinate))
                }
            }
        }
        let turned = builder.append(
            PermutationOperation(input: input, places: places),
            shape: FrameShape(coordinates, [persons, vertices]),
            after: input)
        let norm = BatchNorm(persons * vertices * coordinates)
        return try builder.scoped("data_bn") { try norm.lower([turned], into: &$0) }
    }
}
