// A libuv server as its guide writes one: reads into a buffer of the loop, answers the whole messages in it and keeps
// the rest; uv_try_write first, uv_write for what the socket did not take.
// usage: libuv-server MODE, prints its port; ends on SIGTERM.

#include <uv.h>

#include <memory>
#include <string>

#include "server.h"

namespace {

using reference::Mode;

constexpr std::size_t kRead = 64 << 10;

struct Server {
  uv_tcp_t handle;
  Mode mode;
  char buffer[kRead];
};

struct Client {
  uv_tcp_t handle;
  std::string kept;
};

struct Write {
  uv_write_t request;
  std::string bytes;
};

Server& server_of(uv_handle_t* handle) { return *static_cast<Server*>(handle->loop->data); }

void close_client(uv_stream_t* stream) {
  uv_close(reinterpret_cast<uv_handle_t*>(stream),
           [](uv_handle_t* handle) { const std::unique_ptr<Client> gone(static_cast<Client*>(handle->data)); });
}

void send(uv_stream_t* stream, const char* bytes, std::size_t count) {
  const uv_buf_t all = uv_buf_init(const_cast<char*>(bytes), static_cast<unsigned>(count));
  const int tried = uv_try_write(stream, &all, 1);
  const std::size_t sent = tried > 0 ? static_cast<std::size_t>(tried) : 0;
  if (sent == count) return;
  auto write = std::make_unique<Write>(Write{{}, std::string(bytes + sent, count - sent)});
  const uv_buf_t rest = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  write->request.data = write.get();
  const auto done = [](uv_write_t* request, int) {
    const std::unique_ptr<Write> gone(static_cast<Write*>(request->data));
  };
  if (uv_write(&write->request, stream, &rest, 1, done) == 0) static_cast<void>(write.release());
}

void on_read(uv_stream_t* stream, ssize_t got, const uv_buf_t* buffer) {
  if (got < 0) close_client(stream);
  if (got <= 0) return;
  auto& client = *static_cast<Client*>(stream->data);
  const Mode mode = server_of(reinterpret_cast<uv_handle_t*>(stream)).mode;
  char* bytes = buffer->base;
  auto count = static_cast<std::size_t>(got);
  if (!client.kept.empty()) {
    client.kept.append(bytes, count);
    bytes = client.kept.data();
    count = client.kept.size();
  }
  const std::size_t used = reference::answer(mode, bytes, count);
  if (used > 0) send(stream, bytes, used);
  if (client.kept.empty()) {
    client.kept.assign(bytes + used, count - used);
  } else {
    client.kept.erase(0, used);
  }
}

void on_connection(uv_stream_t* listener, int status) {
  if (status < 0) return;
  auto client = std::make_unique<Client>();
  uv_tcp_init(listener->loop, &client->handle);
  client->handle.data = client.get();
  auto* stream = reinterpret_cast<uv_stream_t*>(&client.release()->handle);  // freed by close_client()
  if (uv_accept(listener, stream) != 0) {
    close_client(stream);
    return;
  }
  uv_tcp_nodelay(reinterpret_cast<uv_tcp_t*>(stream), 1);
  const auto give_buffer = [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    *buffer = uv_buf_init(server_of(handle).buffer, kRead);
  };
  uv_read_start(stream, give_buffer, on_read);
}

}  // namespace

int main(int argc, char** argv) {
  static Server server;
  server.mode = reference::parse_mode(argc, argv);
  uv_loop_t* loop = uv_default_loop();
  loop->data = &server;
  const int listener = reference::bind_loopback(SOCK_STREAM);
  uv_tcp_init(loop, &server.handle);
  uv_tcp_open(&server.handle, listener);
  if (uv_listen(reinterpret_cast<uv_stream_t*>(&server.handle), 4096, on_connection) != 0) return 1;
  reference::announce(listener);
  return uv_run(loop, UV_RUN_DEFAULT);
}
