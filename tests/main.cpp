#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <csignal>
#include <iostream>

/// Runs every suite linked into the program, or the tests whose paths are given as arguments.
int main(int argc, char** argv) {
  // A peer that closes early is a result the tests look at, never the end of the program.
  std::signal(SIGPIPE, SIG_IGN);

  CppUnit::TestResult events;
  CppUnit::TestResultCollector results;
  CppUnit::BriefTestProgressListener progress;
  events.addListener(&results);
  events.addListener(&progress);

  CppUnit::TestRunner runner;
  runner.addTest(CppUnit::TestFactoryRegistry::getRegistry().makeTest());
  if (argc > 1) {
    for (int i = 1; i < argc; ++i) runner.run(events, argv[i]);
  } else {
    runner.run(events);
  }

  CppUnit::CompilerOutputter(&results, std::cerr).write();
  return results.wasSuccessful() ? 0 : 1;
}
