Console.WriteLine("carillon");
