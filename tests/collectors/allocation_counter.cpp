// SPDX-License-Identifier: LicenseRef-ServerPulse
#include "tests/collectors/allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace serverpulse {
namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> counted{0};
thread_local bool paused = false;

void* allocate(std::size_t size, std::size_t alignment) {
  if (counting.load(std::memory_order_relaxed) && !paused) {
    counted.fetch_add(1, std::memory_order_relaxed);
  }
  if (size == 0) size = 1;
  void* memory = nullptr;
  if (alignment <= alignof(std::max_align_t)) {
    memory = std::malloc(size);
  } else {
    memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  }
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

AllocationCounter::AllocationCounter() {
  counted = 0;
  counting = true;
}
AllocationCounter::~AllocationCounter() {
  counting = false;
}
std::size_t AllocationCounter::count() const {
  return counted;
}
AllocationCounter::Pause::Pause() {
  paused = true;
}
AllocationCounter::Pause::~Pause() {
  paused = false;
}

}  // namespace serverpulse

void* operator new(std::size_t size) {
  return serverpulse::allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return serverpulse::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
