#include "server/ports/datagram_port.h"

#include <memory>
#include <utility>

#include "host/loop/task_receipts.h"

namespace netkit {

DatagramPort::DatagramPort(std::string listener, Address configured, const Poco::Net::DatagramSocket& socket)
    : Port(std::move(listener), Transport::udp, std::move(configured), socket.address().port()),
      socket_(std::make_unique<Poco::Net::DatagramSocket>(socket)) {}

DatagramPort::~DatagramPort() { close(); }

void DatagramPort::serve(const std::shared_ptr<ListenerContext>& context, LoopRoundRobin& loops) {
  if (reading_ != nullptr) {
    loop_->post([reading = reading_, context] { reading->use(context); });
    return;
  }
  loop_ = &loops.next();
  auto made = std::make_unique<UdpSocket>(*loop_, context, *socket_);
  reading_ = made.get();
  loop_->post([loop = loop_, made = std::move(made)]() mutable {
    UdpSocket& udp = *made;
    loop->adopt(std::move(made));
    udp.start();
  });
  if (paused()) apply_pause();
}

void DatagramPort::apply_pause() {
  if (reading_ == nullptr) return;
  TaskReceipts receipts;
  receipts.post(*loop_, [reading = reading_, paused = paused()] { reading->pause(paused); });
  receipts.wait();
}

void DatagramPort::close() {
  if (reading_ == nullptr) return;
  // The loop closes the socket, as it may use it still.
  loop_->post([reading = std::exchange(reading_, nullptr), socket = std::move(socket_)] { reading->drain(); });
}

}  // namespace netkit
