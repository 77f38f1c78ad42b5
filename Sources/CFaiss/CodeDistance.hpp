#pragma once

#include <faiss/IndexFlatCodes.h>

#include <cstdint>
#include <vector>

#include "CFaiss.h"
#include "ck_int8.h"

namespace contextd {

/// Computes distances between rows with the int8 kernel, for FAISS's graph build. A smaller distance is nearer, so it is
/// the negated dot product.
struct CodeDistance final : faiss::FlatCodesDistanceComputer {
    const size_t d;
    std::vector<uint8_t> own;  // the code of a query given as floats
    const uint8_t *query = nullptr;
    float query_factor = 0;  // the negated scale of the query

    explicit CodeDistance(const cf_codes &codes)
        : FlatCodesDistanceComputer(codes.bytes, ck_i8_code_size(codes.dimension)), d(codes.dimension) {}

    void set_query(const float *x) override {
        own.resize(code_size);
        ck_encode_i8(x, d, own.data());
        use(own.data());
    }

    /// Uses a stored row as the query, without decoding it.
    void set_row(size_t row) { use(codes + row * code_size); }

    float distance_to_code(const uint8_t *code) override { return query_factor * score(query, code); }

    float symmetric_dis(idx_t i, idx_t j) override {
        const uint8_t *a = codes + i * code_size;
        return -ck_scale_i8(a, d) * score(a, codes + j * code_size);
    }

  private:
    void use(const uint8_t *code) {
        query = code;
        query_factor = -ck_scale_i8(code, d);
    }

    float score(const uint8_t *a, const uint8_t *b) const { return ck_score_i8(reinterpret_cast<const int8_t *>(a), b, d); }
};

}  // namespace contextd
