// Doubles one block of numbers, a vector at a time.
#include <aie_api/aie.hpp>

constexpr int32_t kFactor = 2;
constexpr unsigned kLanes = 16;

extern "C" void double_block(const int32_t* __restrict in, int32_t* __restrict out, int n) {
  event0();
  for (int i = 0; i < n; i += kLanes) {
    aie::vector<int32_t, kLanes> v = aie::load_v<kLanes>(in + i);
    auto p = aie::mul(v, kFactor);
    aie::vector<int32_t, kLanes> w = p.to_vector<int32_t>();
    aie::store_v(out + i, w);
  }
  event1();
}
