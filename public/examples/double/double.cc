// One core doubles one block of numbers.
#include <aie_api/aie.hpp>

// Try 3 here, then press Run.
constexpr int32_t kFactor = 2;
constexpr unsigned kLanes = 16;

extern "C" void double_block(
    const int32_t* __restrict in,
    int32_t* __restrict out, int n) {
  event0();           // a block begins
  for (int i = 0; i < n; i += kLanes)
    chess_prepare_for_pipelining {
    auto v = aie::load_v<kLanes>(in + i);
    auto p = aie::mul(v, kFactor);
    auto w = p.to_vector<int32_t>();
    aie::store_v(out + i, w);
  }
  event1();           // a block ends
}
