// The usual asio server: one io_context, one object for each connection. upper-length reads the header, then the body,
// then writes, as asio's chat example does; the other modes read what is there and write it back, as its echo example
// does. usage: asio-server MODE, prints its port; ends on SIGTERM.

#include <array>
#include <asio.hpp>
#include <memory>
#include <string>
#include <utility>

#include "server.h"

namespace {

using asio::ip::tcp;
using reference::Mode;

/// Header, body, answer; one at a time.
class FramedConnection : public std::enable_shared_from_this<FramedConnection> {
 public:
  explicit FramedConnection(tcp::socket socket) : socket_(std::move(socket)) {}

  void read_header() {
    bytes_.resize(reference::kField);
    asio::async_read(socket_, asio::buffer(bytes_), [self = shared_from_this()](std::error_code error, std::size_t) {
      if (!error) self->read_body(reference::body_size(self->bytes_.data()));
    });
  }

 private:
  void read_body(std::uint32_t size) {
    if (size > reference::kLargest) return;
    bytes_.resize(reference::kField + size);
    asio::async_read(socket_, asio::buffer(bytes_.data() + reference::kField, size),
                     [self = shared_from_this()](std::error_code error, std::size_t count) {
                       if (error) return;
                       reference::uppercase(self->bytes_.data() + reference::kField, count);
                       self->write();
                     });
  }

  void write() {
    asio::async_write(socket_, asio::buffer(bytes_), [self = shared_from_this()](std::error_code error, std::size_t) {
      if (!error) self->read_header();
    });
  }

  tcp::socket socket_;
  std::string bytes_;
};

/// Reads what is there, answers the whole messages in it at once and keeps the rest.
class BatchConnection : public std::enable_shared_from_this<BatchConnection> {
 public:
  BatchConnection(tcp::socket socket, Mode mode) : socket_(std::move(socket)), mode_(mode) {}

  void read() {
    if (bytes_.size() - used_ < kRoom) bytes_.resize(used_ + kRoom);
    socket_.async_read_some(asio::buffer(bytes_.data() + used_, bytes_.size() - used_),
                            [self = shared_from_this()](std::error_code error, std::size_t count) {
                              if (!error) self->take(count);
                            });
  }

 private:
  static constexpr std::size_t kRoom = 4096;

  void take(std::size_t count) {
    used_ += count;
    const std::size_t answered = reference::answer(mode_, bytes_.data(), used_);
    if (answered == 0) {
      read();
      return;
    }
    asio::async_write(socket_, asio::buffer(bytes_.data(), answered),
                      [self = shared_from_this()](std::error_code error, std::size_t written) {
                        if (error) return;
                        std::memmove(self->bytes_.data(), self->bytes_.data() + written, self->used_ - written);
                        self->used_ -= written;
                        self->read();
                      });
  }

  tcp::socket socket_;
  Mode mode_;
  std::string bytes_;
  std::size_t used_ = 0;
};

void accept(tcp::acceptor& acceptor, Mode mode) {
  acceptor.async_accept([&acceptor, mode](std::error_code error, tcp::socket socket) {
    if (!error) {
      socket.set_option(tcp::no_delay(true));
      if (mode == Mode::upper_length) {
        std::make_shared<FramedConnection>(std::move(socket))->read_header();
      } else {
        std::make_shared<BatchConnection>(std::move(socket), mode)->read();
      }
    }
    accept(acceptor, mode);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const Mode mode = reference::parse_mode(argc, argv);
  asio::io_context context(1);
  tcp::acceptor acceptor(context);
  acceptor.assign(tcp::v4(), reference::bind_loopback(SOCK_STREAM));
  reference::announce(acceptor.native_handle());
  accept(acceptor, mode);
  context.run();
}
