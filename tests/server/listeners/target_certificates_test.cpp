#include "server/listeners/target_certificates.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

#include "upstream/target_settings.h"

namespace netkit::testing {
namespace {

Target target(TargetSettings::Transport transport, const std::string& authorities = {}) {
  auto settings = std::make_shared<TargetSettings>();
  settings->transport = transport;
  settings->tls.authorities = authorities;
  return {"there", {}, std::move(settings)};
}

const TargetSettings& settings_of(const Target& target) { return dynamic_cast<const TargetSettings&>(*target.core()); }

class TargetCertificatesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TargetCertificatesTest);
  CPPUNIT_TEST(a_tls_target_gets_its_certificates);
  CPPUNIT_TEST(so_do_those_of_a_table);
  CPPUNIT_TEST(another_transport_has_none);
  CPPUNIT_TEST(files_that_cannot_be_read_name_the_option);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_tls_target_gets_its_certificates() {
    Options options;
    options.set("to", target(TargetSettings::Transport::tls));
    const Options usable = with_certificates(options);
    CPPUNIT_ASSERT(settings_of(std::get<Target>(usable.all().at("to"))).tls_context != nullptr);
    CPPUNIT_ASSERT(settings_of(std::get<Target>(options.all().at("to"))).tls_context == nullptr);
  }

  void so_do_those_of_a_table() {
    Options options;
    options.set("connect", Options::Targets{{"a", target(TargetSettings::Transport::tls)},
                                            {"b", target(TargetSettings::Transport::tcp)}});
    const Options usable = with_certificates(options);
    const auto& targets = std::get<Options::Targets>(usable.all().at("connect"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, targets.size());
    CPPUNIT_ASSERT(settings_of(targets.at("a")).tls_context != nullptr);
    CPPUNIT_ASSERT(settings_of(targets.at("b")).tls_context == nullptr);
  }

  void another_transport_has_none() {
    Options options;
    options.set("to", target(TargetSettings::Transport::tcp, "/nowhere.pem"));
    const Options usable = with_certificates(options);
    CPPUNIT_ASSERT(settings_of(std::get<Target>(usable.all().at("to"))).tls_context == nullptr);
  }

  void files_that_cannot_be_read_name_the_option() {
    Options options;
    options.set("to", target(TargetSettings::Transport::tls, "/nowhere.pem"));
    try {
      with_certificates(options);
      CPPUNIT_FAIL("took a file that is not there");
    } catch (const OptionError& error) {
      CPPUNIT_ASSERT_EQUAL(std::string("to"), error.option());
      CPPUNIT_ASSERT(std::string(error.what()).starts_with("'to': 'tls': "));
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TargetCertificatesTest);

}  // namespace
}  // namespace netkit::testing
