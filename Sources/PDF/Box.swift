import Foundation

/// A rectangle in a frame whose `u` runs along the baseline and whose `v` runs up from it, in points.
struct Box: Equatable {
    var u0: Float
    var v0: Float
    var u1: Float
    var v1: Float

    static let none = Box(u0: .infinity, v0: .infinity, u1: -.infinity, v1: -.infinity)

    var width: Float { u1 - u0 }
    var height: Float { v1 - v0 }
    var middleU: Float { (u0 + u1) / 2 }
    var middleV: Float { (v0 + v1) / 2 }
    var isEmpty: Bool { !(u0 <= u1 && v0 <= v1) }

    mutating func formUnion(_ other: Box) {
        (u0, v0) = (min(u0, other.u0), min(v0, other.v0))
        (u1, v1) = (max(u1, other.u1), max(v1, other.v1))
    }

    func contains(u: Float, v: Float) -> Bool { u >= u0 && u <= u1 && v >= v0 && v <= v1 }

    func overlaps(_ other: Box) -> Bool { u0 < other.u1 && other.u0 < u1 && v0 < other.v1 && other.v0 < v1 }
}

/// A rotation of the page that makes the baselines of some of its text horizontal.
struct Frame: Equatable {
    /// Degrees, counter-clockwise, in `-179...180`.
    let degrees: Int
    private let cosine: Float
    private let sine: Float

    init(degrees: Int) {
        var turned = degrees % 360
        if turned > 180 { turned -= 360 }
        if turned <= -180 { turned += 360 }
        self.degrees = turned
        switch turned {
        case 0: (cosine, sine) = (1, 0)
        case 90: (cosine, sine) = (0, 1)
        case 180: (cosine, sine) = (-1, 0)
        case -90: (cosine, sine) = (0, -1)
        default:
            let radians = Double(turned) * .pi / 180
            (cosine, sine) = (Float(cos(radians)), Float(sin(radians)))
        }
    }

    var isQuarterTurn: Bool { degrees % 90 == 0 }

    func point(_ x: Float, _ y: Float) -> (u: Float, v: Float) { (x * cosine + y * sine, y * cosine - x * sine) }

    /// The box around a rectangle of the page.
    func box(left: Float, bottom: Float, right: Float, top: Float) -> Box {
        var box = Box.none
        for (x, y) in [(left, bottom), (right, bottom), (left, top), (right, top)] {
            let (u, v) = point(x, y)
            box.formUnion(Box(u0: u, v0: v, u1: u, v1: v))
        }
        return box
    }

    /// The box around a box of this frame, in another frame.
    func box(_ box: Box, in other: Frame) -> Box {
        if other == self { return box }
        var result = Box.none
        for (u, v) in [(box.u0, box.v0), (box.u1, box.v0), (box.u0, box.v1), (box.u1, box.v1)] {
            let (x, y) = (u * cosine - v * sine, u * sine + v * cosine)
            let (otherU, otherV) = other.point(x, y)
            result.formUnion(Box(u0: otherU, v0: otherV, u1: otherU, v1: otherV))
        }
        return result
    }
}
