#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace netkit {

/// A growable run of bytes: appended to at the end, consumed from the front.
///
///     storage_        begin_            end_             capacity_
///     | consumed      | readable        | free           |
///
/// Consuming moves `begin_` only; the readable bytes slide to the front when an append needs the room. An empty
/// buffer that was released holds no memory. Not thread-safe; views and spans last until the next non-const call.
class Buffer {
 public:
  /// How many bytes are readable.
  std::size_t size() const { return end_ - begin_; }
  /// True if none is.
  bool empty() const { return begin_ == end_; }
  /// How many bytes of memory it holds.
  std::size_t capacity() const { return capacity_; }

  /// The readable bytes.
  std::string_view view() const { return {storage_.get() + begin_, size()}; }
  /// The last `count` readable bytes, to be altered in place. `count` is at most size().
  std::span<char> last(std::size_t count) { return {storage_.get() + end_ - count, count}; }

  /// Appends a copy. Throws std::bad_alloc.
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(grow(bytes.size()).data(), bytes.data(), bytes.size());
  }
  /// Appends one byte. Throws std::bad_alloc.
  void append(char byte) { grow(1).front() = byte; }

  /// Appends `count` bytes of unspecified value and returns them for the caller to fill. Throws std::bad_alloc.
  std::span<char> grow(std::size_t count) {
    reserve(count);
    end_ += count;
    return last(count);
  }

  /// How many bytes can be appended as it stands.
  std::size_t room() const { return capacity_ - end_; }

  /// Makes sure that `count` more bytes can be appended without moving the readable ones.
  void reserve(std::size_t count) {
    if (room() < count) make_room(count);
  }

  /// Drops `count` bytes from the front. `count` is at most size().
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Takes back the last bytes appended, so that `size` remain. `size` is at most size().
  void truncate(std::size_t size) { end_ = begin_ + size; }

  /// Drops the bytes and keeps the memory.
  void clear() { begin_ = end_ = 0; }

  /// Drops the bytes and gives the memory back.
  void release() { *this = Buffer(); }

  Buffer() = default;
  /// Takes the other's bytes and memory, and leaves it empty.
  Buffer(Buffer&& other) noexcept { swap(other); }
  /// The same; what it held before is dropped.
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer moved(std::move(other));
    swap(moved);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() = default;

 private:
  static constexpr std::size_t kSmallest = 512;

  void swap(Buffer& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
  }

  /// Out of line: appending stays a few instructions wherever it is inlined.
  [[gnu::cold, gnu::noinline]] void make_room(std::size_t count) {
    const std::size_t used = size();
    if (capacity_ - used >= count && begin_ >= used) {
      std::memcpy(storage_.get(), storage_.get() + begin_, used);
    } else {
      std::size_t wanted = capacity_ < kSmallest ? kSmallest : capacity_ * 2;
      if (wanted < used + count) wanted = used + count;
      std::unique_ptr<char[]> larger(new char[wanted]);  // uninitialised: make_unique would zero it
      if (used > 0) std::memcpy(larger.get(), storage_.get() + begin_, used);
      storage_ = std::move(larger);
      capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<char[]> storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace netkit
